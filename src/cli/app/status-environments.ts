import { z } from 'zod';
import { didYouMean } from '../../lib/routes/read/suggest.ts';
import { UsageError, type CommandArguments, type CommandIo, type ExitCode } from '../command.ts';
import { flag, textOption } from '../options.ts';
import { makeAppClient } from './app-client.ts';
import { colorState } from './color-state.ts';
import { shortTime } from './deployment-table.ts';
import { wrapText } from '../wrap-text.ts';

const briefSchema = z.looseObject({
  tag: z.string(),
  state: z.string(),
  since: z.string(),
  pullRequest: z.looseObject({ url: z.string() }).optional(),
  code: z.string().optional(),
  reason: z.string().optional(),
  opensAt: z.string().optional(),
  heldUntil: z.string().optional(),
  drift: z.looseObject({ value: z.string(), author: z.string().optional(), commit: z.string().optional() }).optional(),
});
const environmentSchema = z.looseObject({
  route: z.string(),
  environment: z.string(),
  deployed: briefSchema.optional(),
  next: briefSchema.optional(),
  queued: z.number(),
  configured: z.boolean().optional(),
});
const answerSchema = z.looseObject({ environments: z.array(environmentSchema) });

type Environment = z.infer<typeof environmentSchema>;
type Brief = z.infer<typeof briefSchema>;

/** `tagrelay status --environments`: the tag of each environment, and the update that waits with its reason. */
export async function statusEnvironments(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  const { value } = await makeAppClient(args, io).call('GET', 'environments', answerSchema);
  const environments = select(value.environments, args);
  if (flag(args, 'json')) io.stdout.write(`${JSON.stringify(environments, null, 2)}\n`);
  else io.stdout.write(environments.length === 0 ? 'There are none.\n' : describe(environments, io));
  return 0;
}

function select(all: readonly Environment[], args: CommandArguments): readonly Environment[] {
  const [route, name] = [textOption(args, 'route'), textOption(args, 'environment')];
  const found = all.filter(
    (one) => (route === undefined || one.route === route) && (name === undefined || one.environment === name),
  );
  if (found.length > 0 || all.length === 0) return found;
  const ofRoute = route === undefined ? all : all.filter((one) => one.route === route);
  if (ofRoute.length === 0) {
    throw new UsageError(
      `no route ${route}${didYouMean(
        route ?? '',
        all.map((one) => one.route),
      )}`,
    );
  }
  const names = ofRoute.map(({ environment }) => environment);
  throw new UsageError(`no environment ${name}${didYouMean(name ?? '', names)}`);
}

function describe(environments: readonly Environment[], io: CommandIo): string {
  const width = Math.max(...environments.map(({ environment }) => environment.length));
  const lines: string[] = [];
  let route: string | undefined;
  for (const one of environments) {
    if (one.route !== route) lines.push(`${one.route}\n`);
    ({ route } = one);
    const name = one.environment.padEnd(width);
    const gone = one.configured === false ? ' (not in the routes)' : '';
    const holds = one.deployed ? holding(one.deployed, io) : 'nothing was deployed';
    lines.push(`  ${name}  ${holds}${gone}\n`);
    if (one.deployed?.drift)
      lines.push(wrapText(drifted(one.deployed.drift), { indent: width + 4, width: io.columns }));
    if (one.next) lines.push(waiting(one.next, one.queued, width + 4, io));
  }
  return lines.join('');
}

function holding({ tag, state, since }: Brief, io: CommandIo): string {
  return `${tag}  ${colorState(state, state, io)} since ${shortTime(since)} UTC`;
}

/** The value that another author has put into the file. */
function drifted({ value, author, commit }: NonNullable<Brief['drift']>): string {
  const by = [author && `by ${author}`, commit && `in ${commit.slice(0, 10)}`].filter((part) => part !== undefined);
  return `overwritten: the file holds ${value === '' ? 'no value' : value}${by.length === 0 ? '' : `, ${by.join(' ')}`}`;
}

/** The newest update that is not deployed: its state, and why it waits. */
function waiting(next: Brief, queued: number, indent: number, io: CommandIo): string {
  const { tag, state, code, reason, pullRequest, opensAt, heldUntil } = next;
  const why = [code, reason].filter((part) => part !== undefined).join(': ');
  // The reason of a closed window has the opening.
  const opens =
    opensAt !== undefined && reason?.includes(opensAt) !== true ? `opens ${shortTime(opensAt)} UTC` : undefined;
  const check = heldUntil === undefined ? undefined : `next check ${shortTime(heldUntil)} UTC`;
  const others = state === 'queued' ? queued - 1 : queued;
  const more = others > 0 ? `${others} more queued` : undefined;
  const parts = [why, pullRequest?.url, opens, check, more].filter((part) => part !== undefined && part !== '');
  const text = `${tag} ${state}${parts.length === 0 ? '' : `: ${parts.join('; ')}`}`;
  return wrapText(text, { indent, width: io.columns });
}
