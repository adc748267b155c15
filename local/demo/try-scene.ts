import { rmSync } from 'node:fs';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { Scene } from './demo.ts';
import { addBranches, copyCheckout } from '../git.ts';
import { OptionError } from '../options.ts';
import { playOneCommit } from './one-commit.ts';
import type { Terminal } from '../terminal.ts';
import { runTagrelay } from '../try/command-line.ts';
import { findImage, findTags } from '../try/find-image.ts';
import { makeBuild } from '../try/make-build.ts';
import { rehomeRoutes } from '../try/re-home.ts';

export interface TryOptions {
  readonly root: string;
  readonly checkout: string;
  readonly routesFile: string | undefined;
  readonly image: string | undefined;
  readonly terminal: Terminal;
}

const initSchema = z.object({
  text: z.string().optional(),
  notes: z.array(z.string()).default([]),
  routes: z.array(z.object({ images: z.array(z.string()) })).default([]),
});
const environmentSchema = z.object({
  repository: z.string(),
  branch: z.string().optional(),
  takesPushes: z.boolean().default(true),
  tags: z.object({ match: z.string().optional() }),
  from: z.object({ branches: z.array(z.string()).optional(), reasons: z.array(z.string()).optional() }).optional(),
  build: z
    .object({
      definition: z.union([z.string(), z.number()]).optional(),
      repository: z.string().optional(),
      tag: z.string().optional(),
    })
    .optional(),
});
const routeSchema = z.object({ image: z.string(), environments: z.array(environmentSchema) });
const checkSchema = z.object({
  routes: z.array(z.object({ name: z.string(), image: z.string(), expanded: routeSchema.optional() })),
  expanded: z.array(routeSchema).default([]),
  problems: z.array(
    z.object({ severity: z.string(), message: z.string(), setting: z.string(), line: z.number().optional() }),
  ),
});
type Checked = z.infer<typeof checkSchema>;

/**
 * The demo on a copy of the caller's own GitOps checkout, with the caller's routes or guessed ones. Its repositories and
 * registries move to this machine, and a build meets the conditions of `from` and `build`.
 */
export async function tryScene(options: TryOptions): Promise<Scene> {
  const { root, checkout, terminal } = options;
  const guess = initSchema.parse(
    await runTagrelay(root, ['init', checkout, ...(options.routesFile === undefined ? [] : ['--image', '**'])]),
  );
  const given =
    options.routesFile === undefined ? guessed(guess, checkout) : await readFile(options.routesFile, 'utf8');
  const registries = [...new Set([...given.matchAll(imageHost)].map(([, host]) => host ?? ''))];
  const file = await temporaryFile();
  const check = async (text: string, ...more: readonly string[]): Promise<Checked> => {
    await writeFile(file, text);
    const env = { REGISTRIES: [process.env['REGISTRIES'] ?? '', ...registries].filter((one) => one !== '').join(',') };
    const checked = checkSchema.parse(await runTagrelay(root, ['check', file, '--expand', ...more], env));
    const errors = checked.problems.filter(({ severity }) => severity === 'error');
    if (errors.length === 0) return checked;
    const shown = errors.map(
      ({ line, message }) => `  ${options.routesFile ?? 'routes.yaml'}:${line ?? ''} ${message}`,
    );
    throw new OptionError(`The routes have errors:\n${shown.join('\n')}`);
  };
  const { routes } = await check(given);
  const all = routes.flatMap(({ expanded }) => expanded?.environments ?? []);
  const { text, repository, replaced } = rehomeRoutes(
    given,
    all.map((environment) => environment.repository),
  );
  const image =
    options.image === undefined
      ? await imageOf(
          options,
          routes,
          guess.routes.flatMap(({ images }) => images),
        )
      : splitTag(options.image);
  if (new Set(all.map((environment) => environment.repository)).size > 1)
    requireOne(image.name, (await check(given, '--image', image.name)).expanded[0]?.environments ?? []);
  const { expanded } = await check(text, '--image', image.name);
  const environments = (expanded[0]?.environments ?? []).filter(({ takesPushes }) => takesPushes);
  const env = { REGISTRIES: registries.join(',') };
  const tags =
    image.tag === undefined
      ? await findTags(
          { root, routesFile: file, checkout, image: image.name, env },
          environments.map(({ tags: { match }, build }) => ({ match, template: build?.tag })),
        )
      : ([image.tag, image.tag] as const);
  if (!tags)
    throw new OptionError(
      `No tag was found that would change ${image.name} in ${checkout}. Give one: --image ${image.name}:TAG`,
    );
  terminal.line(
    `${terminal.style('dim', 'routes')}  ${options.routesFile ?? 'guessed, as `tagrelay init` writes them'}`,
  );
  if (replaced.length > 0)
    terminal.line(terminal.style('dim', `The emulator has a copy in the place of ${replaced.join(', ')}.`));
  return {
    seed: async (bareDirectory) => {
      await copyCheckout(checkout, bareDirectory);
      await addBranches(
        bareDirectory,
        all.flatMap(({ branch }) => (branch === undefined || /[{}]/.test(branch) ? [] : [branch])),
      );
    },
    repository,
    settings: { ROUTES: text, REGISTRIES: registries.join(',') },
    image: {
      registry: image.name.slice(0, image.name.indexOf('/')),
      repository: image.name.slice(image.name.indexOf('/') + 1),
      tag: tags[0],
    },
    nextTag: tags[1],
    title: 'a pushed image becomes a commit or a pull request in the GitOps repository',
    async play(stage) {
      await playOneCommit(
        stage,
        await makeBuild(stage, environments.find(({ from }) => from) ?? environments[0] ?? {}),
      );
    },
  };
}

/** Hosts in `image` of routes; those of Azure need no setting. */
/** One checkout is copied, so an image of several repositories would find the files of one of them only. */
function requireOne(image: string, environments: readonly { readonly repository: string }[]): void {
  const repositories = [...new Set(environments.map(({ repository }) => repository))];
  if (repositories.length > 1)
    throw new OptionError(
      `The route of ${image} writes to ${repositories.length} repositories (${repositories.join(', ')}), and --try has one checkout. Choose an image of one repository: --image registry/repository`,
    );
}

const imageHost = /^\s*image:\s*['"]?(?![^/\s]*\.azurecr\.(?:io|cn|us)\/)([a-z0-9.-]+(?::\d+)?)\//gm;

function guessed({ text, notes }: z.infer<typeof initSchema>, checkout: string): string {
  if (text !== undefined) return text;
  throw new OptionError(
    [`No routes can be guessed from ${checkout}; give your own: --routes FILE`, ...notes].join('\n  '),
  );
}

/** An image of the checkout that a route takes. */
async function imageOf(
  { checkout }: TryOptions,
  routes: Checked['routes'],
  found: readonly string[],
): Promise<{ readonly name: string; readonly tag?: string }> {
  const name = await findImage(
    checkout,
    routes.map((route) => route.image),
    found,
  );
  if (name !== undefined) return { name };
  throw new OptionError(`No image of the routes is named in ${checkout}. Give one: --image registry/repository:tag`);
}

async function temporaryFile(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'tagrelay-routes-'));
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
  return join(directory, 'routes.yaml');
}

function splitTag(reference: string): { name: string; tag: string } {
  const [, name, tag] = /^([^@]+\/[^@:]+):([^@:/]+)$/.exec(reference) ?? [];
  if (name === undefined || tag === undefined)
    throw new OptionError(`--image ${reference}: expected registry/repository:tag.`);
  return { name, tag };
}
