import { z } from 'zod';
import type { Command, CommandArguments, CommandIo, ExitCode } from '../command.ts';
import { formatColumns } from '../columns.ts';
import { formatCsv } from '../csv.ts';
import { flag } from '../options.ts';
import { appHelp, appOptions, makeAppClient } from './app-client.ts';
import { periodHelp, periodOptions, periodQuery } from './period-options.ts';

const help = `
Lists each transition of deployments and each act of a person, the oldest first. Needs the master key.

  ${periodHelp}
  --csv               print comma-separated values
${appHelp}

Exit code 0: listed; 1: the app refuses or does not answer; 2: usage error.
`;

/** `tagrelay audit`: transitions and acts of people. */
export const auditCommand: Command = {
  name: 'audit',
  summary: 'list transitions of deployments and acts of people',
  help,
  options: {
    ...periodOptions,
    csv: { type: 'boolean' },
    ...appOptions,
  },
  run: audit,
};

const columns = [
  'at',
  'kind',
  'route',
  'environment',
  'tag',
  'act',
  'from',
  'state',
  'cause',
  'actor',
  'by',
  'code',
  'reason',
  'commit',
  'deployment',
] as const;
const entrySchema = z
  .object(Object.fromEntries(columns.map((name) => [name, z.string().optional()])))
  .loose() as unknown as z.ZodType<Entry>;
type Entry = Readonly<Partial<Record<(typeof columns)[number], string>>>;
const pageSchema = z.object({ entries: z.array(entrySchema), next: z.string().optional() });
const pageSize = '1000';

async function audit(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  const query = periodQuery(args);
  query.set('limit', pageSize);
  const app = makeAppClient(args, io);
  const found: Entry[] = [];
  for (let next: string | undefined = ''; next !== undefined;) {
    if (next !== '') query.set('after', next);
    const { value }: { readonly value: z.infer<typeof pageSchema> } = await app.call(
      'GET',
      `audit?${query.toString()}`,
      pageSchema,
    );
    found.push(...value.entries);
    next = value.next;
  }
  const entries = found.toReversed();
  if (flag(args, 'json')) io.stdout.write(`${JSON.stringify(entries, null, 2)}\n`);
  else if (flag(args, 'csv')) io.stdout.write(formatCsv([columns, ...entries.map(cells)]));
  else io.stdout.write(entries.length === 0 ? 'There are none.\n' : table(entries));
  return 0;
}

function cells(entry: Entry): readonly string[] {
  return columns.map((name) => entry[name] ?? '');
}

function table(entries: readonly Entry[]): string {
  const head = ['time (UTC)', 'route', 'environment', 'tag', 'event', 'actor', 'reason'];
  const rows = entries.map(({ at = '', route, environment, tag, act, state, actor, reason, code }) => [
    at.slice(0, 19).replace('T', ' '),
    route ?? '',
    environment ?? '',
    tag ?? '',
    act ?? state ?? '',
    actor ?? '',
    (reason ?? code ?? '').split('\n')[0] ?? '',
  ]);
  return formatColumns([head, ...rows]);
}
