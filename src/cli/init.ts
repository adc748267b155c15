import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { readSettings } from '../lib/settings/settings.ts';
import { UsageError, type Command, type CommandArguments, type CommandIo, type ExitCode } from './command.ts';
import { readNamedFile, writeNamedFile } from './files.ts';
import { checkoutOptions, flag, textOption } from './options.ts';
import { assembleFromApplications, type ApplicationsResult } from './applications/assemble-applications.ts';
import { showUncovered as showRunning } from './applications/find-uncovered.ts';
import { applicationOptions, loadApplications } from './applications/load-applications.ts';
import { loadCheckouts } from './applications/load-checkouts.ts';
import { showUncovered } from './init/coverage.ts';
import { guessRoutes, type CheckoutResult } from './init/guess-routes.ts';
import type { InitResult } from './init/sound-routes.ts';
import { fitLine } from './fit-line.ts';
import { canonicalRepository, gitOrigin } from './git-origin.ts';
import { readPipeline, type PipelineFacts } from './init/pipeline.ts';
import { reportProgress, scanCheckout } from './init/scan.ts';

const help = `
Proposes a routes.yaml from a checkout of a GitOps repository. It finds images (Helm values, kustomizations,
manifests, Argo CD Applications) and environments (values-dev.yaml, overlays/staging, apps/prod, …), and joins equal
ones in patterns. The file passes \`tagrelay check\`; a list names each place that no route writes, with the reason.
Without --image, it takes the images of Azure registries and of REGISTRIES.

With --applications or --argocd, routes come from what runs: each image that an application runs, in the file that
sets it. Images that no route covers are listed with the reason.

  --applications [INSTANCE=]FILE
                     output of \`kubectl get applications -A -o yaml\` (or json) or \`argocd app list -o json\`, once
                     for each Argo CD; INSTANCE is its name in ARGOCD_SECRETS
  --argocd [INSTANCE=]URL
                     the Argo CD itself, with the token of an account in ARGOCD_TOKEN (ARGOCD_TOKEN__INSTANCE)
  DIR, --checkout [URL=]DIR
                     the checkout; with applications one for each repository
  --image GLOB       take these images: '*.azurecr.io/shop/*', 'ghcr.io/contoso/**'
  --from FILE        an azure-pipelines.yml with the sed, yq or kustomize step to replace
  --repository URL   the GitOps repository, where the checkout does not show it
  --output FILE      where to write; \`-\` is standard output (else routes.yaml)
  --force            overwrite the file
  --json             print { file, text, routes, notes, uncovered } as JSON, and write nothing

Exit code 0: written; 1: nothing to write, or the file exists; 2: usage error.
`;

export const initCommand: Command = {
  name: 'init',
  summary: 'propose a routes.yaml from a checkout of the GitOps repository, or from what Argo CD runs',
  help,
  positionals: '[DIR]',
  options: {
    ...applicationOptions,
    checkout: { type: 'string', multiple: true },
    image: { type: 'string' },
    from: { type: 'string' },
    repository: { type: 'string' },
    output: { type: 'string' },
    force: { type: 'boolean' },
    json: { type: 'boolean' },
  },
  run: init,
};

async function init(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  const result = await guess(args, io);
  const output = textOption(args, 'output') ?? 'routes.yaml';
  if (flag(args, 'json')) {
    const routes = result.routes.map(({ name, image, images, environments }) => ({
      name,
      image,
      images,
      environments: [...environments.keys()],
    }));
    const { text, notes } = result;
    const uncovered = result.uncovered ?? result.places;
    io.stdout.write(`${JSON.stringify({ file: output, text, routes, notes, uncovered }, null, 2)}\n`);
    return result.text === undefined ? 1 : 0;
  }
  for (const note of result.notes) io.stderr.write(`${fitLine(note, io)}\n`);
  for (const one of result.uncovered ?? []) io.stderr.write(`${fitLine(showRunning(one), io)}\n`);
  const listed = showUncovered(result.places ?? []);
  if (listed.length > 0)
    io.stderr.write(
      `Not written by these routes:\n${listed.map((line) => `${fitLine(`  ${line}`, io, 4)}\n`).join('')}`,
    );
  if (result.text === undefined) {
    io.stderr.write(
      result.uncovered && result.uncovered.length > 0
        ? 'No running image can have a route, for the reasons above.\n'
        : listed.length > 0
          ? 'No file was written: no route can write the images above. `--image GLOB` takes images of other registries.\n'
          : 'No file was written: no image was found. Expected the folder of a checkout with values, kustomizations or manifests.\n',
    );
    return 1;
  }
  if (output === '-') {
    io.stdout.write(result.text);
    return 0;
  }
  const setting = result.registriesToName?.length ? `REGISTRIES=${result.registriesToName.join(',')} ` : '';
  const next = `${setting}tagrelay check ${output}`;
  return await write(resolve(io.cwd, output), output, result.text, { force: flag(args, 'force'), next }, io);
}

async function guess(
  args: CommandArguments,
  io: CommandIo,
): Promise<InitResult & Partial<ApplicationsResult> & Partial<CheckoutResult>> {
  const { settings } = readSettings(io.env);
  const { azureDevOpsCollections, gitHubHosts, registries } = settings;
  const applications = await loadApplications(args, io, settings);
  if (applications) {
    for (const name of ['from', 'repository'])
      if (textOption(args, name) !== undefined)
        throw new UsageError(`--${name} has no effect with applications: these have the repositories`);
    const checkouts = await loadCheckouts(checkoutOptions(args), io, applications, azureDevOpsCollections);
    return assembleFromApplications({
      applications,
      checkouts,
      registries,
      azureDevOpsCollections,
      gitHubHosts,
      images: textOption(args, 'image'),
    });
  }
  const [checkout, another] = checkoutOptions(args);
  if (another !== undefined)
    throw new UsageError('expected one checkout; only --applications and --argocd read several');
  const from = textOption(args, 'from');
  if (checkout === undefined && from === undefined)
    throw new UsageError(
      'expected the folder of a checkout, --applications FILE, --argocd URL, or --from azure-pipelines.yml',
    );
  const repository = textOption(args, 'repository');
  const canonical = repository === undefined ? undefined : canonicalRepository(repository);
  if (repository !== undefined && canonical === undefined)
    throw new UsageError('--repository is not the URL of a repository; expected https://…');
  const root = checkout === undefined ? undefined : resolve(io.cwd, checkout);
  const images = textOption(args, 'image');
  const pipeline = from === undefined ? undefined : await pipelineOf(resolve(io.cwd, from), from, root);
  const input = {
    files: root === undefined ? [] : await scanCheckout(root, reportProgress(root, io)),
    origin: root === undefined ? {} : await gitOrigin(root),
    registries,
    ...(images !== undefined && { images }),
    ...(pipeline && { pipeline }),
    ...(canonical !== undefined && { repository: canonical }),
  };
  return await guessRoutes(input, root);
}

/** The pipeline, with the templates and scripts that it names: beside it, at the root of its repository, or in the checkout. */
async function pipelineOf(path: string, name: string, root: string | undefined): Promise<PipelineFacts> {
  const folders = [dirname(path), dirname(dirname(path)), ...(root === undefined ? [] : [root, dirname(root)])];
  return readPipeline(await readNamedFile(path, 'the pipeline'), name, (file) => {
    const found = folders.map((folder) => join(folder, file)).find((one) => existsSync(one));
    return found === undefined ? undefined : readFileSync(found, 'utf8');
  });
}

async function write(
  path: string,
  name: string,
  text: string,
  { force, next }: { readonly force: boolean; readonly next: string },
  io: CommandIo,
): Promise<ExitCode> {
  // A shell that sends the output to the very file has made it already, empty.
  const old = await readFile(path, 'utf8').catch(() => '');
  if (old !== '' && !force) {
    io.stderr.write(`${name} is there already; --force overwrites it, --output names another file.\n`);
    return 1;
  }
  await writeNamedFile(path, text);
  io.stderr.write(`Wrote ${name}. Next: ${next}\n`);
  return 0;
}
