import { z } from 'zod';
import { UsageError, type Command, type CommandArguments, type CommandIo, type ExitCode } from '../command.ts';
import { flag, textOption } from '../options.ts';
import { appHelp, appOptions, makeAppClient } from './app-client.ts';
import { requiredReason } from './order.ts';

const help = `
Shows, sets or clears the mark of an environment: the highest tag that was ever committed there. Nothing that is not
newer is committed, so a reverted tag is not committed again. Needs the master key.

  --route NAME        the route, its captures filled in
  --environment NAME  the environment
  --set TAG           make this tag the mark
  --digest DIGEST     with --set: the digest of the tag, to distinguish a rebuild of it
  --clear             remove the mark: the next push sets it
  --reason TEXT       the reason, for the record; required with --set and --clear
${appHelp}

Exit code 0: done; 1: refused, or no such environment; 2: usage error.
`;

/** `tagrelay mark`: shows, sets or clears a mark. */
export const markCommand: Command = {
  name: 'mark',
  summary: 'show, set or clear the highest tag ever committed to an environment',
  help,
  options: {
    route: { type: 'string' },
    environment: { type: 'string' },
    set: { type: 'string' },
    digest: { type: 'string' },
    clear: { type: 'boolean' },
    reason: { type: 'string' },
    ...appOptions,
  },
  run: mark,
};

const markSchema = z.object({
  tag: z.string(),
  digest: z.string().optional(),
  commit: z.string().optional(),
  pushedAt: z.string(),
  reason: z.string().optional(),
});
type Mark = z.infer<typeof markSchema>;
const shownSchema = z.object({
  mark: markSchema.nullable(),
  history: z.array(
    z.object({ at: z.string(), reason: z.string(), before: markSchema.optional(), after: markSchema.optional() }),
  ),
});
const changedSchema = z.object({ before: markSchema.nullable(), mark: markSchema.nullable() });

async function mark(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  const route = textOption(args, 'route');
  const environment = textOption(args, 'environment');
  if (route === undefined || environment === undefined) throw new UsageError('expected --route and --environment');
  const tag = textOption(args, 'set');
  const clear = flag(args, 'clear');
  if (tag !== undefined && clear) throw new UsageError('expected --set or --clear, not both');
  return tag === undefined && !clear
    ? await show({ route, environment }, args, io)
    : await change({ route, environment }, tag, args, io);
}

interface Key {
  readonly route: string;
  readonly environment: string;
}

async function show(key: Key, args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  for (const option of ['digest', 'reason']) {
    if (textOption(args, option) !== undefined) throw new UsageError(`--${option} goes with --set or --clear`);
  }
  const query = new URLSearchParams({ ...key });
  const { value, json } = await makeAppClient(args, io).call('GET', `mark?${query.toString()}`, shownSchema);
  if (flag(args, 'json')) io.stdout.write(`${JSON.stringify(json, null, 2)}\n`);
  else {
    io.stdout.write(`${key.route} ${key.environment}: ${describe(value.mark)}\n`);
    for (const { at, reason, before, after } of value.history)
      io.stdout.write(`  ${at}  ${before?.tag ?? 'none'} → ${after?.tag ?? 'none'}  ${reason}\n`);
  }
  return 0;
}

async function change(key: Key, tag: string | undefined, args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  const reason = requiredReason(args);
  const digest = textOption(args, 'digest');
  if (digest !== undefined && tag === undefined) throw new UsageError('--digest goes with --set');
  const body = { ...key, reason, digest, ...(tag === undefined ? { clear: true } : { tag }) };
  const { value, json } = await makeAppClient(args, io).call('POST', 'mark', changedSchema, body);
  if (flag(args, 'json')) io.stdout.write(`${JSON.stringify(json, null, 2)}\n`);
  else io.stdout.write(`${key.route} ${key.environment}: ${describe(value.before)} → ${describe(value.mark)}\n`);
  return 0;
}

function describe(found: Mark | null): string {
  if (!found) return 'no mark';
  const commit = found.commit === undefined ? 'set by hand' : `commit ${found.commit.slice(0, 10)}`;
  return `${found.tag} (${commit})`;
}
