import { apiUrl } from '../../../lib/argocd/read-instances.ts';
import { showErrors } from '../../show-problems.ts';
import { accessNeeds } from '../../access/access-needs.ts';
import { checkAccess } from '../../access/check-access.ts';
import { formatGrants } from '../../access/grants.ts';
import { readAppUrl } from '../../app/app-client.ts';
import { UsageError, type CommandArguments, type CommandIo, type ExitCode } from '../../command.ts';
import { formatFinding } from '../../finding.ts';
import { loadFromSettings } from '../../load-settings.ts';
import { flag, textOption, textOptions } from '../../options.ts';
import { makeServices } from '../../services.ts';
import { usedRoutes } from '../../used-environments.ts';
import { argoCdHooks } from './argocd-hooks.ts';
import { connectCollection, type ConnectedCollection, type HooksOfTarget } from './connect-collection.ts';
import { appTarget, argoCdTarget, type HookTarget } from './hook-target.ts';
import { readProject } from './read-project.ts';
import { wantedHooks } from './wanted-hooks.ts';

export const azureDevOpsOptions = [
  'url',
  'key',
  'settings',
  'image',
  'project',
  'stages',
  'dry-run',
  'verify',
  'json',
  'argocd',
  'instance',
];

/** `tagrelay connect azure-devops`: the service hooks that routes want, and what the app's identity needs. */
export async function connectAzureDevOps(
  args: CommandArguments,
  files: readonly string[],
  io: CommandIo,
): Promise<ExitCode> {
  const isDry = flag(args, 'dry-run');
  const target = readTarget(args, io, isDry);
  const { table, problems, settings } = await loadFromSettings(files, textOption(args, 'settings'), io);
  if (!table) {
    io.stderr.write(showErrors(problems, io));
    return 1;
  }
  const { azureDevOpsCollections: collections, routesFrom: sources = [] } = settings;
  const { environments } = usedRoutes(table, textOptions(args, 'image'));
  const projects = textOptions(args, 'project').map((text) => readProject(text, table, collections));
  const wanted = wantedHooks(environments, { collections, projects, stages: flag(args, 'stages'), sources });
  const argoCd = readArgoCd(args, io);
  const ofArgoCd = argoCd && argoCdHooks(environments, { collections, instance: textOption(args, 'instance') });
  const targets: readonly HooksOfTarget[] = [
    { hooks: wanted.hooks, target },
    ...(ofArgoCd ? [{ hooks: ofArgoCd.hooks, target: argoCd }] : []),
  ];
  const open = [...wanted.open, ...(ofArgoCd?.open ?? [])];
  const services = makeServices(settings, io);
  const connected: ConnectedCollection[] = [];
  for (const collection of new Set(targets.flatMap(({ hooks }) => hooks.map((hook) => hook.collection)))) {
    const own = targets.map((one) => ({
      target: one.target,
      hooks: one.hooks.filter((hook) => hook.collection === collection),
    }));
    connected.push(await connectCollection(services, { collection, targets: own, isDry }));
  }
  const needs = accessNeeds(environments, collections, sources);
  const verified = flag(args, 'verify') ? await checkAccess(needs, services) : [];
  const isBad =
    connected.some(({ failure, hooks }) => failure !== undefined || hooks.some((one) => one.failure !== undefined)) ||
    verified.some(({ findings }) => findings.some(({ state }) => state === 'failed'));
  if (flag(args, 'json')) {
    const grants = needs.repositories.map(({ address, permissions }) => ({
      repository: address.url,
      permissions: [...permissions.keys()],
    }));
    const all = { collections: connected, open, grants, ...(flag(args, 'verify') && { verified }) };
    io.stdout.write(`${JSON.stringify(all, null, 2)}\n`);
    return isBad ? 1 : 0;
  }
  for (const one of connected) io.stdout.write(`${formatCollection(one, target, isDry)}\n`);
  if (connected.length === 0) io.stdout.write('Neither routes nor ROUTES_FROM need a service hook.\n\n');
  for (const { serves, reason } of open) io.stdout.write(`${serves}: ${reason}\n`);
  if (argoCd) io.stdout.write(`${advice(argoCd)}\n`);
  io.stdout.write(formatGrants(needs));
  if (flag(args, 'verify')) {
    io.stdout.write('\nVerified, with the identity that signs in here:\n');
    for (const { place, findings } of verified) {
      io.stdout.write(`${place}\n${findings.map((one) => formatFinding(one, io, 28)).join('\n')}\n`);
    }
  }
  return isBad ? 1 : 0;
}

/** Azure DevOps calls no address of a private network, so the app is at https, or with all of it on this machine. */
function readTarget(args: CommandArguments, { env }: CommandIo, isDry: boolean): HookTarget {
  const base = readAppUrl(textOption(args, 'url') ?? env['TAGRELAY_URL']);
  const key = textOption(args, 'key') ?? env['TAGRELAY_KEY'] ?? '';
  if (key === '' && !isDry) {
    throw new UsageError(
      'there is no function key for the service hooks; expected --key, or TAGRELAY_KEY in the environment',
    );
  }
  if (/[^\x21-\x7e]/.test(key)) throw new UsageError('the key has characters that no key of the app has');
  return appTarget(base, key === '' ? undefined : key);
}

/** The receiver of `--argocd`. User and password come from the environment, where no list of processes shows them. */
function readArgoCd(args: CommandArguments, { env }: CommandIo): HookTarget | undefined {
  const text = textOption(args, 'argocd');
  if (text === undefined) {
    if (textOption(args, 'instance') !== undefined) throw new UsageError('--instance goes with --argocd');
    return undefined;
  }
  const url = apiUrl(text);
  if (url === undefined)
    throw new UsageError(
      `--argocd is \`${text}\`; expected the https URL of Argo CD, such as https://argocd.contoso.com`,
    );
  const username = env['ARGOCD_WEBHOOK_USERNAME'] ?? '';
  const password = env['ARGOCD_WEBHOOK_PASSWORD'] ?? '';
  if ((username === '') !== (password === ''))
    throw new UsageError('expected both ARGOCD_WEBHOOK_USERNAME and ARGOCD_WEBHOOK_PASSWORD in the environment');
  return argoCdTarget(url, username === '' ? undefined : { username, password });
}

/** Why the API is better, and what protects the receiver. */
function advice({ secret }: HookTarget): string {
  return [
    'With the service hook, Argo CD refreshes every application of the repository at each push, because the event does not name files:',
    'minutes with hundreds of applications. It must be reachable from Azure DevOps, and ignores applications whose repoURL is an SSH URL.',
    'With ARGOCD_URL and a token, tagrelay refreshes only the applications of its commit: npx tagrelay connect argocd.',
    ...(secret === undefined
      ? [
          'The receiver takes events of any sender: set webhook.azuredevops.username and .password in the Secret argocd-secret, and',
          'ARGOCD_WEBHOOK_USERNAME and ARGOCD_WEBHOOK_PASSWORD here.',
        ]
      : []),
    '',
  ].join('\n');
}

function formatCollection(
  { collection, failure, hooks, others }: ConnectedCollection,
  { url }: HookTarget,
  isDry: boolean,
): string {
  const lines = [isDry ? `${collection} (dry run: nothing is changed)` : collection];
  if (failure !== undefined) lines.push(`  failed      ${failure}`);
  for (const hook of hooks) {
    const changes = hook.differs.length === 0 ? '' : ` (${hook.differs.join(', ')})`;
    const what = [hook.event, hook.place, ...(hook.to === url ? [] : [hook.to])].join('  ');
    lines.push(`  ${hook.done.padEnd(11)} ${what}${changes}`);
    if (hook.failure !== undefined) lines.push(`              ${hook.failure}`);
    if (hook.done === 'disabled') {
      lines.push('              somebody has switched it off; Project settings → Service hooks switches it on again');
    }
  }
  for (const { id, event } of others) lines.push(`  not needed  ${event}  ${id}: no route wants it; yours to remove`);
  return `${lines.join('\n')}\n`;
}
