import { azureRegistryCloud } from '../../lib/registry/registry-settings.ts';
import { splitImageName } from '../../lib/model/image-reference.ts';
import { showErrors } from '../show-problems.ts';
import type { RouteTable } from '../../lib/routes/route.ts';
import { readAppUrl } from '../app/app-client.ts';
import { UsageError, type CommandArguments, type CommandIo, type ExitCode } from '../command.ts';
import { loadFromSettings } from '../load-settings.ts';
import { flag, textOption } from '../options.ts';
import { shellLine } from '../shell-words.ts';
import { runAz } from './run-az.ts';

export const acrOptions = ['url', 'key', 'settings', 'name', 'registry', 'run', 'json'];

const placeholder = 'THE_FUNCTION_KEY';

/** One webhook of one registry. */
interface Webhook {
  readonly registry: string;
  /** Name of the resource: the host without its suffix. */
  readonly resource: string;
  readonly name: string;
  readonly uri: string;
  /** `repository:*`; of all repositories where it is absent. */
  readonly scope?: string;
}

/** `tagrelay connect acr`: prints the webhook of each registry that routes use, or makes it with the Azure CLI. */
export async function connectAcr(args: CommandArguments, files: readonly string[], io: CommandIo): Promise<ExitCode> {
  const base = readAppUrl(textOption(args, 'url') ?? io.env['TAGRELAY_URL']);
  const isRun = flag(args, 'run');
  const key = textOption(args, 'key') ?? io.env['TAGRELAY_KEY'] ?? '';
  if (isRun && key === '') throw new UsageError('--run needs a function key; expected --key, or TAGRELAY_KEY');
  if (/[^\x21-\x7e]/.test(key)) throw new UsageError('the key has characters that no key of the app has');
  const name = textOption(args, 'name') ?? 'tagrelay';
  if (!/^[A-Za-z0-9]{5,50}$/.test(name)) {
    throw new UsageError(`--name is \`${name}\`; the name of a webhook has 5 to 50 letters and digits`);
  }
  const { table, problems } = await loadFromSettings(files, textOption(args, 'settings'), io);
  if (!table) {
    io.stderr.write(showErrors(problems, io));
    return 1;
  }
  const only = textOption(args, 'registry')?.toLowerCase();
  const { webhooks, others } = webhooksOf(table, { name, uri: `${base}/api/webhooks/acr` });
  const wanted = webhooks.filter(({ registry }) => only === undefined || registry === only);
  if (only !== undefined && wanted.length === 0) {
    throw new UsageError(`--registry is \`${only}\`, and no route has an image of that Azure Container Registry`);
  }
  if (isRun) return await makeAll(wanted, key, args, io);
  if (flag(args, 'json')) {
    const printed = wanted.map((one) => ({ ...one, command: createWords(one, placeholder) }));
    io.stdout.write(`${JSON.stringify({ webhooks: printed, otherRegistries: others }, null, 2)}\n`);
    return 0;
  }
  for (const one of wanted) io.stdout.write(`${describe(one)}\n`);
  if (wanted.length === 0) io.stdout.write('No route has an image of an Azure Container Registry.\n');
  for (const registry of others) {
    io.stdout.write(
      `${registry} is not an Azure Container Registry: report its pushes with \`npx tagrelay send\` in the pipeline, or with a service hook of the build.\n`,
    );
  }
  return 0;
}

function webhooksOf(
  table: RouteTable,
  { name, uri }: Pick<Webhook, 'name' | 'uri'>,
): { readonly webhooks: readonly Webhook[]; readonly others: readonly string[] } {
  const repositories = new Map<string, string[]>();
  for (const { image } of table.entries) {
    const slash = image.indexOf('/');
    const registry = image.slice(0, slash).toLowerCase();
    const known = repositories.get(registry) ?? [];
    known.push(image.slice(slash + 1));
    repositories.set(registry, known);
  }
  const webhooks: Webhook[] = [];
  const others: string[] = [];
  for (const [registry, found] of repositories) {
    if (azureRegistryCloud(registry) === undefined) {
      others.push(registry);
      continue;
    }
    const [repository = '', ...more] = found;
    // A webhook has one scope; what no route takes is answered and ignored.
    const isOne = more.length === 0 && splitImageName(`${registry}/${repository}`) !== undefined;
    const [resource = ''] = registry.split('.');
    webhooks.push({ registry, resource, name, uri, ...(isOne && { scope: `${repository}:*` }) });
  }
  return { webhooks, others };
}

function createWords(webhook: Webhook, key: string): readonly string[] {
  return ['az', 'acr', 'webhook', 'create', ...commonWords(webhook, key)];
}

function commonWords({ resource, name, uri, scope }: Webhook, key: string): readonly string[] {
  return [
    '--registry',
    resource,
    '--name',
    name,
    '--actions',
    'push',
    '--uri',
    uri,
    '--headers',
    `x-functions-key=${key}`,
    ...(scope === undefined ? [] : ['--scope', scope]),
  ];
}

function describe(webhook: Webhook): string {
  const { registry, resource, name, scope } = webhook;
  const keyWords = ['az', 'functionapp', 'function', 'keys', 'set', '--resource-group', 'RESOURCE_GROUP'];
  const ping = ['az', 'acr', 'webhook', 'ping', '--registry', resource, '--name', name];
  return [
    `${registry}: ${scope === undefined ? 'pushes of all repositories' : `pushes of ${scope}`}`,
    '  A function key of its own; the answer shows it:',
    `    ${shellLine([...keyWords, '--name', 'APP', '--function-name', 'acr-webhook', '--key-name', resource])}`,
    '  The webhook, and a test of it:',
    `    ${shellLine(createWords(webhook, placeholder))}`,
    `    ${shellLine(ping)}`,
    '  Better, where it may be set up: Event Grid, which has no key and tries for 24 h. In registries of',
    '  infra/connections.bicepparam:',
    `    { resourceId: '/subscriptions/…/registries/${resource}', permissions: 'rbac', eventGrid: true }`,
    '',
  ].join('\n');
}

/** Makes each webhook, or brings the one of this name up to date. The Azure CLI takes the key as an argument only. */
async function makeAll(
  webhooks: readonly Webhook[],
  key: string,
  args: CommandArguments,
  io: CommandIo,
): Promise<ExitCode> {
  const done: {
    readonly registry: string;
    readonly done: 'created' | 'updated' | 'failed';
    readonly reason?: string;
  }[] = [];
  for (const webhook of webhooks) {
    const { registry, resource, name } = webhook;
    const known = await runAz(
      ['acr', 'webhook', 'list', '--registry', resource, '--query', '[].name', '--output', 'tsv'],
      io,
    );
    if (known.code !== 0) {
      done.push({ registry, done: 'failed', reason: known.reason });
      continue;
    }
    const isThere = known.stdout.split(/\s+/).some((one) => one.toLowerCase() === name.toLowerCase());
    const verb = isThere ? 'update' : 'create';
    const made = await runAz(['acr', 'webhook', verb, ...commonWords(webhook, key), '--output', 'none'], io);
    if (made.code === 0) done.push({ registry, done: isThere ? 'updated' : 'created' });
    else done.push({ registry, done: 'failed', reason: made.reason.replaceAll(key, placeholder) });
  }
  if (flag(args, 'json')) io.stdout.write(`${JSON.stringify({ webhooks: done }, null, 2)}\n`);
  else {
    for (const one of done) io.stdout.write(`${one.registry}: ${one.done}${one.reason ? `: ${one.reason}` : ''}\n`);
  }
  return done.every((one) => one.done !== 'failed') ? 0 : 1;
}
