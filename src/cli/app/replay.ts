import { z } from 'zod';
import { UsageError, type Command, type CommandArguments, type CommandIo, type ExitCode } from '../command.ts';
import { flag, textOption } from '../options.ts';
import { appHelp, appOptions, makeAppClient } from './app-client.ts';
import { actorHelp, orderOptions, readActor } from './order.ts';

const help = `
Queues updates again. Needs the master key.

  --id ID             this update, in any state, as a new job: it ignores the mark, so that a reverted tag is
                      committed again, but never replaces a newer tag in the file
  --all               every abandoned and rejected update, and abandoned events; does not bypass the mark
  --route NAME        with --all: of this route only
  --environment NAME  with --all: of this environment only
  --reason TEXT       the reason, for the audit
${actorHelp}
${appHelp}

Exit code 0: queued, or there was nothing to queue; 1: refused, or no such id; 2: usage error.
`;

/** `tagrelay replay`: queues updates again. */
export const replayCommand: Command = {
  name: 'replay',
  summary: 'queue abandoned and rejected updates again, or one update in any state',
  help,
  options: {
    id: { type: 'string' },
    all: { type: 'boolean' },
    route: { type: 'string' },
    environment: { type: 'string' },
    ...orderOptions,
    ...appOptions,
  },
  run: replay,
};

const queuedSchema = z.object({
  queued: z.array(
    z.object({
      id: z.string(),
      replayOf: z.string().optional(),
      route: z.string(),
      environment: z.string(),
      image: z.string(),
    }),
  ),
  messages: z.number(),
  next: z.string().optional(),
});
type Queued = z.infer<typeof queuedSchema>;

async function replay(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  const id = textOption(args, 'id');
  const filter = { route: textOption(args, 'route'), environment: textOption(args, 'environment') };
  if ((id === undefined) !== flag(args, 'all')) throw new UsageError('expected either --id ID or --all');
  if (id !== undefined && (filter.route !== undefined || filter.environment !== undefined))
    throw new UsageError('--route and --environment go with --all; an id is of one environment already');
  const app = makeAppClient(args, io);
  const queued: Queued['queued'][number][] = [];
  let messages = 0;
  const order = { reason: textOption(args, 'reason'), actor: readActor(args, io) };
  const all = { all: true, ...filter, ...order };
  let body: object | undefined = id === undefined ? all : { id, ...order };
  while (body) {
    const { value }: { readonly value: Queued } = await app.call('POST', 'replay', queuedSchema, body);
    queued.push(...value.queued);
    messages += value.messages;
    if (!flag(args, 'json')) for (const update of value.queued) io.stdout.write(`${line(update)}\n`);
    body = value.next === undefined ? undefined : { ...all, from: value.next };
  }
  if (flag(args, 'json')) io.stdout.write(`${JSON.stringify({ queued, messages }, null, 2)}\n`);
  else io.stdout.write(`${count(queued.length, 'update')} and ${count(messages, 'event')} queued.\n`);
  return 0;
}

function line({ id, route, environment, image }: Queued['queued'][number]): string {
  return `${id}  ${route} ${environment}  ${image}`;
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}
