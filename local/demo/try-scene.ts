import { rmSync } from 'node:fs';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMap, parseDocument, visit } from 'yaml';
import { z } from 'zod';
import type { Scene } from './demo.ts';
import { copyCheckout } from '../git.ts';
import { OptionError } from '../options.ts';
import { playOneCommit } from './one-commit.ts';
import type { Terminal } from '../terminal.ts';
import { runTagrelay } from '../try/command-line.ts';
import { findImage, findTags } from '../try/find-image.ts';

export interface TryOptions {
  readonly root: string;
  readonly checkout: string;
  readonly routesFile: string | undefined;
  readonly image: string | undefined;
  readonly terminal: Terminal;
}

const initSchema = z.object({ text: z.string().optional(), notes: z.array(z.string()).default([]) });
const checkSchema = z.object({
  routes: z.array(
    z.object({
      name: z.string(),
      image: z.string(),
      expanded: z.object({
        environments: z.array(z.object({ repository: z.string(), tags: z.object({ match: z.string().optional() }) })),
      }),
    }),
  ),
  problems: z.array(
    z.object({ severity: z.string(), message: z.string(), setting: z.string(), line: z.number().optional() }),
  ),
});

/** The demo on a copy of the caller's own GitOps checkout, with the caller's routes or guessed ones. */
export async function tryScene(options: TryOptions): Promise<Scene> {
  const { root, checkout, terminal } = options;
  const routesFile = options.routesFile ?? (await guessRoutes(options));
  const { routes, problems } = checkSchema.parse(await runTagrelay(root, ['check', routesFile, '--expand']));
  const errors = problems.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) {
    throw new OptionError(
      `The routes have errors:\n${errors.map(({ setting, line, message }) => `  ${setting}:${line ?? ''} ${message}`).join('\n')}`,
    );
  }
  const environments = routes.flatMap(({ expanded }) => expanded.environments);
  const repository = findRepository(environments.map((environment) => environment.repository));
  const given = options.image === undefined ? undefined : splitTag(options.image);
  const image =
    given?.name ??
    (await findImage(
      checkout,
      routes.map((route) => route.image),
    ));
  if (image === undefined)
    throw new OptionError(`No image of the routes is named in ${checkout}. Give one: --image registry/repository:tag`);
  const matches = environments.flatMap(({ tags }) => tags.match ?? []);
  const tags = given
    ? ([given.tag, given.tag] as const)
    : await findTags({ root, routesFile, checkout, image }, matches);
  if (!tags)
    throw new OptionError(`No tag was found that would change ${image} in ${checkout}. Give one: --image ${image}:TAG`);
  terminal.line(`${terminal.style('dim', 'routes')}  ${routesFile}`);
  return {
    seed: (bareDirectory) => copyCheckout(checkout, bareDirectory),
    repository,
    settings: { ROUTES: await readFile(routesFile, 'utf8') },
    image: {
      registry: image.slice(0, image.indexOf('/')),
      repository: image.slice(image.indexOf('/') + 1),
      tag: tags[0],
    },
    nextTag: tags[1],
    title: 'a pushed image becomes one commit in the GitOps repository',
    play: playOneCommit,
  };
}

/** Guessed routes, changed so that the demo commits: its images have no build, and no person completes a pull request. */
async function guessRoutes({ root, checkout, terminal }: TryOptions): Promise<string> {
  const { text, notes } = initSchema.parse(await runTagrelay(root, ['init', '--checkout', checkout]));
  if (text === undefined) {
    throw new OptionError(
      [`No routes can be guessed from ${checkout}; give your own: --routes FILE`, ...notes].join('\n  '),
    );
  }
  const document = parseDocument(text);
  visit(document, {
    Map: (_key, map) => {
      if (!isMap(map)) return;
      map.delete('from');
      if (map.has('delivery')) map.set('delivery', 'commit');
    },
  });
  const directory = await mkdtemp(join(tmpdir(), 'tagrelay-routes-'));
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, 'routes.yaml');
  await writeFile(file, document.toString({ lineWidth: 0 }));
  terminal.line(
    terminal.style('dim', 'The routes are guessed; for the demo without `from`, and with `delivery: commit`.'),
  );
  return file;
}

/** Organization, project and name of the first Azure Repos repository that the routes name. */
function findRepository(urls: readonly string[]): Scene['repository'] {
  for (const url of urls) {
    const [, organization, project, name] =
      /^https:\/\/(?:[^@/]*@)?dev\.azure\.com\/([^/]+)\/([^/]+)\/_git\/([^/]+)$/.exec(url) ?? [];
    if (organization !== undefined && project !== undefined && name !== undefined) {
      return {
        organization: decodeURIComponent(organization),
        project: decodeURIComponent(project),
        name: decodeURIComponent(name),
      };
    }
  }
  throw new OptionError(
    `The routes name no repository on Azure Repos, which is what the emulator stands in for; they name ${[...new Set(urls)].join(', ')}.`,
  );
}

function splitTag(reference: string): { name: string; tag: string } {
  const [, name, tag] = /^([^@]+\/[^@:]+):([^@:/]+)$/.exec(reference) ?? [];
  if (name === undefined || tag === undefined)
    throw new OptionError(`--image ${reference}: expected registry/repository:tag.`);
  return { name, tag };
}
