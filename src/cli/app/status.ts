import { z } from 'zod';
import { UsageError, type Command, type CommandArguments, type CommandIo, type ExitCode } from '../command.ts';
import { choice, flag, textOption } from '../options.ts';
import { deploymentStates, isState } from '../../lib/model/deployment-states.ts';
import { deploymentViewSchema, type DeploymentView } from '../../lib/deployments/deployment-view.ts';
import { AppError, appHelp, appOptions, makeAppClient } from './app-client.ts';
import { deploymentTable } from './deployment-table.ts';
import { describeDeployment } from './describe-deployment.ts';
import { missedPushes } from './missed-pushes.ts';
import { statusEnvironments } from './status-environments.ts';
import { statusRoutes } from './status-routes.ts';

const help = `
Lists deployments, the newest first, and the pushes of the last days that changed nothing. With an ID, or its first 4 or
more digits, shows that deployment.

  --route NAME, --environment NAME, --image NAME, --tag TAG, --commit SHA, --source SHA, --build ID|URL,
  --state STATE   only these
  --limit N       how many (else 20)
  --environments  instead: the tag of each environment, and the update that waits for it, with the reason; takes --route
                  and --environment only
  --routes        instead: the commit in force of each routes document, and errors (ROUTES_FROM; master key)
${appHelp}

Exit code 0: listed, or the deployment of ID is on its way or well; 1: it failed, was rejected or abandoned, there is no
such one or several, routes have errors, or the app does not answer; 2: usage error.
`;

const filters = ['route', 'environment', 'image', 'tag', 'commit', 'source', 'build', 'state'] as const;

/** Pushes without a deployment have these fields. */
const pushFilters = ['route', 'environment', 'image', 'tag'] as const;

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
    environments: { type: 'boolean' },
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
  if (flag(args, 'environments')) {
    const filter = [...filters, 'limit'].filter((name) => name !== 'route' && name !== 'environment');
    if (id !== undefined || flag(args, 'routes') || filter.some((name) => textOption(args, name) !== undefined))
      throw new UsageError('--environments has no ID, and of the filters --route and --environment only');
    return await statusEnvironments(args, io);
  }
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
  const app = makeAppClient(args, io);
  let answer: { readonly value: DeploymentView; readonly json: unknown };
  try {
    answer = await app.call('GET', `deployments/${encodeURIComponent(id)}`, deploymentSchema);
  } catch (error) {
    const several = error instanceof AppError && error.status === 409 ? pageSchema.safeParse(error.answer) : undefined;
    if (!several?.success) throw error;
    io.stderr.write(`Several deployments have an id that begins with ${id}:\n`);
    io.stdout.write(deploymentTable(several.data.deployments, io));
    return 1;
  }
  const { value, json } = answer;
  if (flag(args, 'json')) io.stdout.write(`${JSON.stringify(json, null, 2)}\n`);
  else io.stdout.write(describeDeployment(value, io));
  return isState(value.state, 'failing') ? 1 : 0;
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
  else io.stdout.write(shown.length === 0 ? 'There are none.\n' : deploymentTable(shown, io));
  const isAboutPushes = !(['commit', 'source', 'build', 'state'] as const).some((name) => query.has(name));
  if (isAboutPushes && !flag(args, 'json')) {
    const wanted = Object.fromEntries(pushFilters.map((name) => [name, textOption(args, name)]));
    io.stdout.write(await missedPushes(wanted, app, io));
  }
  return 0;
}

function readLimit(text: string | undefined): number {
  if (text === undefined) return defaultLimit;
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new UsageError(`--limit is \`${text}\`; expected a number from 1`);
  return Number(text);
}
