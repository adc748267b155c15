import { z } from 'zod';
import { UsageError, type Command, type CommandArguments, type CommandIo, type ExitCode } from '../command.ts';
import { choice, flag, textOption } from '../options.ts';
import { deploymentStates, isState } from '../../lib/model/deployment-states.ts';
import { deploymentViewSchema, type DeploymentView } from '../../lib/deployments/deployment-view.ts';
import { colorDiff } from '../plan/color-diff.ts';
import { makeStyle } from '../style.ts';
import { appHelp, appOptions, makeAppClient } from './app-client.ts';
import { missedPushes } from './missed-pushes.ts';
import { statusRoutes } from './status-routes.ts';

const help = `
Lists deployments, the newest first, or shows the one of an ID.

  --route NAME, --environment NAME, --image NAME, --tag TAG, --commit SHA, --source SHA, --build ID|URL,
  --state STATE   only these; --image also shows its pushes of the last days that changed nothing
  --limit N       how many (else 20)
  --routes        instead: the commit in force of each routes document, and errors (ROUTES_FROM; master key)
${appHelp}

Exit code 0: listed, or the deployment of ID is on its way or well; 1: it failed, was rejected or abandoned, there is no
such one, routes have errors, or the app does not answer; 2: usage error.
`;

const filters = ['route', 'environment', 'image', 'tag', 'commit', 'source', 'build', 'state'] as const;

/** `tagrelay status`: a table of deployments. */
export const statusCommand: Command = {
  name: 'status',
  summary: 'list deployments, or show one',
  help,
  positionals: '[ID]',
  options: {
    route: { type: 'string' },
    environment: { type: 'string' },
    image: { type: 'string' },
    tag: { type: 'string' },
    commit: { type: 'string' },
    source: { type: 'string' },
    build: { type: 'string' },
    state: { type: 'string' },
    limit: { type: 'string' },
    routes: { type: 'boolean' },
    ...appOptions,
  },
  run: status,
};

/** A newer app may answer more fields: `--json` prints them too. */
const deploymentSchema = deploymentViewSchema.loose();
const pageSchema = z.object({ deployments: z.array(deploymentSchema), next: z.string().optional() });

const defaultLimit = 20;
const pageSize = 200;

async function status(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  const [id, ...others] = args.positionals;
  if (others.length > 0) throw new UsageError('expected at most one ID');
  if (flag(args, 'routes')) {
    const filter = [...filters, 'limit'].find((name) => textOption(args, name) !== undefined);
    if (id !== undefined || filter !== undefined) throw new UsageError('--routes has no ID and no filters');
    return await statusRoutes(args, io);
  }
  return id === undefined ? await list(args, io) : await show(id, args, io);
}

async function show(id: string, args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  const filter = [...filters, 'limit'].find((name) => textOption(args, name) !== undefined);
  if (filter !== undefined) throw new UsageError(`--${filter} goes with a list; an ID is one deployment already`);
  const path = `deployments/${encodeURIComponent(id)}`;
  const { value, json } = await makeAppClient(args, io).call('GET', path, deploymentSchema);
  if (flag(args, 'json')) io.stdout.write(`${JSON.stringify(json, null, 2)}\n`);
  else io.stdout.write(describe(value, io));
  return isState(value.state, 'failing') ? 1 : 0;
}

function describe(deployment: DeploymentView, io: CommandIo): string {
  const {
    id,
    route,
    environment,
    image,
    states,
    repository,
    branch,
    commit,
    code,
    reason,
    heldUntil,
    opensAt,
    state,
    build,
    source,
    diff,
    recovery,
    warning,
    editWarnings = [],
    progress = {},
  } = deployment;
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['id', id],
    ['environment', `${route} ${environment}`],
    ['image', image],
    ['state', colored(state, state, io)],
    ...states.map((one): [string, string] => ['', `${one.at}  ${one.state}`]),
    ['repository', repository === '' ? undefined : repository],
    ['commit', commit === undefined ? undefined : `${commit}${branch === undefined ? '' : ` on ${branch}`}`],
    ['build', build && `${build.number}  ${build.url}`],
    ['source', source && [source.commit, source.repository].filter(Boolean).join(' of ')],
    ['code', code],
    ['reason', reason],
    ['opens', opensAt],
    ['next check', heldUntil],
    ['rollback', recovery],
    ['warning', warning],
    ...editWarnings.map((text): [string, string] => ['warning', text]),
    ...Object.entries(progress).flatMap(describeProgress),
  ];
  const text = rows.map(([name, value]) => (value === undefined ? '' : `${name.padEnd(12)}${value}\n`)).join('');
  return diff === undefined ? text : `${text}\nWould write:\n\n${io.color ? colorDiff(diff) : diff}`;
}

function describeProgress([application, progress]: [string, NonNullable<DeploymentView['progress']>[string]]): [
  string,
  string,
][] {
  const { state, at, revision, failures = [] } = progress;
  const seenAt = revision === undefined ? '' : ` at ${revision.slice(0, 10)}`;
  return [
    ['application', `${application}: ${state}${seenAt}, ${at}`],
    ...failures.map(({ resource, message }): [string, string] => ['', `  ${resource}: ${message ?? 'not healthy'}`]),
  ];
}

async function list(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  const limit = readLimit(textOption(args, 'limit'));
  choice(args, 'state', deploymentStates);
  const query = new URLSearchParams({ limit: String(Math.min(limit, pageSize)) });
  for (const name of filters) {
    const value = textOption(args, name);
    if (value !== undefined) query.set(name, value);
  }
  const app = makeAppClient(args, io);
  const found: DeploymentView[] = [];
  for (;;) {
    const { value } = await app.call('GET', `deployments?${query.toString()}`, pageSchema);
    found.push(...value.deployments);
    if (value.next === undefined || found.length >= limit) break;
    query.set('after', value.next);
  }
  const shown = found.slice(0, limit);
  if (flag(args, 'json')) io.stdout.write(`${JSON.stringify(shown, null, 2)}\n`);
  else io.stdout.write(shown.length === 0 ? 'There are none.\n' : table(shown, io));
  const image = textOption(args, 'image');
  if (image !== undefined && !flag(args, 'json')) io.stdout.write(await missedPushes(image, app));
  return 0;
}

function readLimit(text: string | undefined): number {
  if (text === undefined) return defaultLimit;
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new UsageError(`--limit is \`${text}\`; expected a number from 1`);
  return Number(text);
}

function table(deployments: readonly DeploymentView[], io: CommandIo): string {
  const rows = deployments.map(({ states, route, environment, tag, state, commit, code, heldUntil, opensAt }) => [
    (states[0]?.at ?? '').slice(0, 16).replace('T', ' '),
    route,
    environment,
    tag,
    state,
    commit?.slice(0, 10) ?? code ?? heldText(heldUntil, opensAt),
  ]);
  const head = ['time (UTC)', 'route', 'environment', 'tag', 'state', 'commit'];
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => (row[column] ?? '').length)));
  const { [4]: stateWidth = 0 } = widths;
  const format = (row: readonly string[]) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0));
  const lines = rows.map((row) => {
    const cells = format(row);
    cells[4] = colored(row[4] ?? '', (row[4] ?? '').padEnd(stateWidth), io);
    return cells.join('  ').trimEnd();
  });
  return [makeStyle(io)('dim', format(head).join('  ').trimEnd()), ...lines, ''].join('\n');
}

/** A held update looks like any other that is queued, but for this. */
function heldText(heldUntil: string | undefined, opensAt: string | undefined): string {
  if (heldUntil === undefined) return '';
  return opensAt === undefined ? 'held' : `held, opens ${opensAt.slice(0, 16).replace('T', ' ')}`;
}

function colored(state: string, text: string, io: CommandIo): string {
  const style = makeStyle(io);
  if (isState(state, 'failing')) return style('red', text);
  return isState(state, 'good') ? style('green', text) : text;
}
