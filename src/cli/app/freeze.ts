import { z } from 'zod';
import { describeFreeze } from '../../lib/delivery/windows/freeze.ts';
import { UsageError, type Command, type CommandArguments, type CommandIo, type ExitCode } from '../command.ts';
import { flag, textOption } from '../options.ts';
import { orderHelp, orderOptions, readOrder } from './order.ts';
import { appHelp, appOptions, makeAppClient } from './app-client.ts';

const keyHelp = `  --environment NAME  the environment (else every one)
  --route GLOB        the route, its captures filled in, or a glob: \`*\` matches any characters (else every one)`;

const freezeHelp = `
Freezes environments: nothing is committed, and no pull request is opened, changed or completed by tagrelay, until the
freeze ends or is lifted. Updates are held, and written afterwards. Needs the master key. Without --until it lists the
freezes and the last changes.

${keyHelp}
  --until TIME        the end, with its offset: 2026-12-27T08:00+01:00
${orderHelp}
${appHelp}

Exit code 0: frozen, or listed; 1: refused; 2: usage error.
`;

const unfreezeHelp = `
Lifts a freeze: name the environment and route that it was ordered with. Needs the master key.

${keyHelp}
${orderHelp}
${appHelp}

Exit code 0: lifted; 1: there is no such freeze; 2: usage error.
`;

const keyOptions = { environment: { type: 'string' }, route: { type: 'string' } } as const;
const options = { ...keyOptions, ...orderOptions, ...appOptions };

/** `tagrelay freeze`: freezes environments, or lists the freezes. */
export const freezeCommand: Command = {
  name: 'freeze',
  summary: 'write nothing to environments until a time, or list the freezes',
  help: freezeHelp,
  options: { ...options, until: { type: 'string' } },
  run: freeze,
};

/** `tagrelay unfreeze`: lifts a freeze. */
export const unfreezeCommand: Command = {
  name: 'unfreeze',
  summary: 'lift a freeze',
  help: unfreezeHelp,
  options,
  run: unfreeze,
};

const keySchema = { environment: z.string().exactOptional(), route: z.string().exactOptional() };
const freezeSchema = z.object({ ...keySchema, until: z.string(), reason: z.string(), actor: z.string() });
const frozenSchema = freezeSchema.extend({ from: z.string() });
const changeSchema = z.object({
  ...keySchema,
  kind: z.string(),
  at: z.string(),
  actor: z.string(),
  reason: z.string(),
});
const listSchema = z.object({ freezes: z.array(freezeSchema), history: z.array(changeSchema) });
const liftedSchema = z.object({ lifted: freezeSchema, released: z.number() });

async function freeze(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  const until = textOption(args, 'until');
  if (until === undefined) return list(args, io);
  const body = { ...order(args, io), until: readTime(until) };
  const { value, json } = await makeAppClient(args, io).call('POST', 'freezes', frozenSchema, body);
  const text = `${describeFreeze(value)}: frozen from ${time(value.from)} until ${value.until}\n`;
  io.stdout.write(flag(args, 'json') ? `${JSON.stringify(json, null, 2)}\n` : text);
  return 0;
}

async function unfreeze(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  const { value, json } = await makeAppClient(args, io).call('DELETE', 'freezes', liftedSchema, order(args, io));
  const text = `${describeFreeze(value.lifted)}: no longer frozen; held updates that are planned again now: ${value.released}\n`;
  io.stdout.write(flag(args, 'json') ? `${JSON.stringify(json, null, 2)}\n` : text);
  return 0;
}

async function list(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  for (const name of ['environment', 'route', 'reason']) {
    if (textOption(args, name) !== undefined) throw new UsageError(`--${name} goes with --until`);
  }
  const { value, json } = await makeAppClient(args, io).call('GET', 'freezes', listSchema);
  if (flag(args, 'json')) io.stdout.write(`${JSON.stringify(json, null, 2)}\n`);
  else {
    if (value.freezes.length === 0) io.stdout.write('There is no freeze.\n');
    for (const one of value.freezes)
      io.stdout.write(`${describeFreeze(one)}: frozen until ${one.until} by ${one.actor}: ${one.reason}\n`);
    for (const { at, kind, actor, reason, ...key } of value.history)
      io.stdout.write(`  ${at}  ${kind}  ${describeFreeze(key)}, by ${actor}: ${reason}\n`);
  }
  return 0;
}

function order(args: CommandArguments, io: CommandIo) {
  const environment = textOption(args, 'environment');
  const route = textOption(args, 'route');
  return {
    ...(environment !== undefined && { environment }),
    ...(route !== undefined && { route }),
    ...readOrder(args, io),
  };
}

/** A time without its offset would mean another one on another machine. */
function readTime(text: string): string {
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)$/.test(text);
  if (!isTime || Number.isNaN(Date.parse(text)))
    throw new UsageError(`--until is \`${text}\`; expected a time with its offset, as 2026-12-27T08:00+01:00`);
  return new Date(text).toISOString();
}

/** `hh:mm:ss` in UTC. */
function time(at: string): string {
  return `${new Date(at).toISOString().slice(11, 19)} UTC`;
}
