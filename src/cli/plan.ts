import { resolve } from 'node:path';
import { parseImageReference } from '../lib/model/image-reference.ts';
import { imageName } from '../lib/model/image-reference.ts';
import { showErrors } from './show-problems.ts';
import { loadRoutes } from '../lib/routes/load.ts';
import type { RouteTable } from '../lib/routes/route.ts';
import { readSettings } from '../lib/settings/settings.ts';
import type { TaggedImage } from '../lib/model/tag-update.ts';
import { boundedDocument } from './bounded-document.ts';
import { UsageError } from './command.ts';
import type { Command, CommandArguments, CommandIo, ExitCode } from './command.ts';
import { readNamedFile } from './files.ts';
import { checkoutOptions } from './options.ts';
import { applicationOptions, loadApplications } from './applications/load-applications.ts';
import { loadCheckouts } from './applications/load-checkouts.ts';
import { makeEffectsOf } from './plan/effects-of.ts';
import { readCheckouts, writeCheckoutFile } from './plan/checkouts.ts';
import { planImage } from './plan/plan-image.ts';
import { planJson, showFailures, showPlan } from './plan/show-plan.ts';

/** `tagrelay plan`: what a push of an image would change in local checkouts. */
export const planCommand: Command = {
  name: 'plan',
  summary: 'show what a push of an image would change in local checkouts of the GitOps repositories',
  help: `Works without network, except for --argocd: the build behind the image, the registry and the mark count as passed.

  --routes FILE             the routes, as in the setting ROUTES
  DIR, --checkout [URL=]DIR a checkout of the GitOps repository URL, or of a branch of it; one without a URL stands for
                            all others
  --image REFERENCE         registry/repository:tag[@digest]
  --route NAME              fail unless this is the route that takes the image
  --environment NAME        only this environment
  --applications [INSTANCE=]FILE, --argocd [INSTANCE=]URL
                            show for each change which applications it changes, and if they run the image; the same
                            options as of \`init\`
  --write                   write the files
  --json                    print {changes, outcomes}

Exit code 0: planned, also when nothing changes; 1: a route cannot be applied; 2: wrong usage.`,
  positionals: '[DIR…]',
  options: {
    ...applicationOptions,
    routes: { type: 'string' },
    checkout: { type: 'string', multiple: true },
    image: { type: 'string' },
    route: { type: 'string' },
    environment: { type: 'string' },
    write: { type: 'boolean' },
    json: { type: 'boolean' },
  },
  run: runPlan,
};

async function runPlan(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  const { values, positionals } = args;
  const misplaced = positionals.find((one) => parseImageReference(one)?.tag !== undefined);
  if (misplaced !== undefined) throw new UsageError(`${misplaced} is an image; expected --image ${misplaced}.`);
  const image = readImage(required(values, 'image'));
  const routesFile = required(values, 'routes');
  const { settings } = readSettings(io.env);
  const folders = checkoutOptions(args);
  if (folders.length === 0) throw new UsageError('expected the folder of a checkout: DIR or --checkout DIR');
  const checkouts = await readCheckouts(folders, io.cwd, settings.azureDevOpsCollections);
  const table = await readRoutes(routesFile, io, settings);
  if (!table) return 1;

  const name = imageName(image);
  const route = table.match(name);
  if (!route) {
    io.stderr.write(
      `No route in ${routesFile} takes ${name}; there are ${listed(table.entries.map((entry) => `${entry.name} (${entry.image})`))}.\n`,
    );
    return 1;
  }
  const wanted = text(values, 'route');
  if (wanted !== undefined && wanted !== route.name) {
    io.stderr.write(`The route ${wanted} does not take ${name}: the route ${route.name} does.\n`);
    return 1;
  }
  const environment = text(values, 'environment');
  if (environment !== undefined && [...route.environments, ...route.refused].every((one) => one.name !== environment)) {
    throw new UsageError(
      `The route ${route.name} has no environment ${environment}; it has ${listed(route.environments.map((one) => one.name))}.`,
    );
  }

  const plan = await planImage({
    route,
    image,
    checkouts,
    now: new Date(),
    ...(environment === undefined ? {} : { environment }),
  });
  const applications = await loadApplications(args, io, settings);
  const effectsOf =
    applications &&
    makeEffectsOf(
      route,
      applications,
      await loadCheckouts(folders, io, applications, settings.azureDevOpsCollections),
      settings.azureDevOpsCollections,
    );
  io.stdout.write(values['json'] === true ? planJson(plan, effectsOf) : showPlan(plan, io.color, effectsOf));
  io.stderr.write(showFailures(plan, io));
  if (plan.outcomes.some(({ outcome }) => outcome === 'failed')) return 1;
  if (values['write'] === true) {
    for (const { directory, file, after } of plan.files) await writeCheckoutFile(directory, file, after);
  }
  return 0;
}

async function readRoutes(
  file: string,
  io: CommandIo,
  settings: ReturnType<typeof readSettings>['settings'],
): Promise<RouteTable | undefined> {
  const path = resolve(io.cwd, file);
  const { document } = await boundedDocument(
    { setting: file, text: await readNamedFile(path, 'the routes file') },
    path,
    settings,
  );
  const { table, problems } = loadRoutes([document], {
    azureDevOpsCollections: settings.azureDevOpsCollections,
    registries: settings.registries,
    ...(settings.allow && { allow: settings.allow }),
  });
  if (!table) io.stderr.write(showErrors(problems, io));
  return table;
}

function readImage(reference: string): TaggedImage {
  const image = parseImageReference(reference);
  if (image?.tag !== undefined) return { ...image, tag: image.tag };
  throw new UsageError(
    `--image ${reference} is not an image reference with a tag; expected registry/repository:tag[@digest].`,
  );
}

function required(values: CommandArguments['values'], name: string): string {
  const value = text(values, name);
  if (value === undefined) throw new UsageError(`--${name} is missing.`);
  return value;
}

function text(values: CommandArguments['values'], name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'none' : `${names.slice(0, 8).join(', ')}${names.length > 8 ? ', …' : ''}`;
}
