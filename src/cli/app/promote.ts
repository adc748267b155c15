import { z } from 'zod';
import { UsageError, type Command, type CommandArguments, type CommandIo, type ExitCode } from '../command.ts';
import { flag, textOption } from '../options.ts';
import { appHelp, appOptions, makeAppClient } from './app-client.ts';
import { orderHelp, orderOptions, readOrder } from './order.ts';

const help = `
Promotes an image that is healthy in every environment of \`promoteFrom\`. It is judged as any promotion; \`--now\` passes
windows and freezes. Needs the master key.

  --route NAME   the route, its captures filled in
  --to NAME      the environment to promote to
  --tag TAG      the tag; without it, the newest that is healthy in every source
  --now          do not wait for a window or the end of a freeze
${orderHelp}
  --dry-run      print the commit, or the reason against it, and write nothing
${appHelp}

Exit code 0: queued, or a dry run that found no reason against it; 1: refused, or unknown names; 2: usage error.
`;

/** `tagrelay promote`: promotes an image to an environment. */
export const promoteCommand: Command = {
  name: 'promote',
  summary: 'promote the newest healthy image, or a tag, to an environment',
  help,
  options: {
    route: { type: 'string' },
    to: { type: 'string' },
    tag: { type: 'string' },
    now: { type: 'boolean' },
    ...orderOptions,
    'dry-run': { type: 'boolean' },
    ...appOptions,
  },
  run: promote,
};

const answerSchema = z.object({
  id: z.string(),
  image: z.string(),
  from: z.array(z.object({ environment: z.string() })),
  held: z.string().optional(),
  repository: z.string(),
  branch: z.string(),
  message: z.string(),
  diff: z.string(),
});

async function promote(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  const route = textOption(args, 'route');
  const environment = textOption(args, 'to');
  if (route === undefined || environment === undefined) throw new UsageError('expected --route and --to');
  const dryRun = flag(args, 'dry-run');
  const tag = textOption(args, 'tag');
  const body = { route, environment, tag, now: flag(args, 'now'), ...readOrder(args, io), dryRun };
  const { value, json } = await makeAppClient(args, io).call('POST', 'promote', answerSchema, body);
  if (flag(args, 'json')) {
    io.stdout.write(`${JSON.stringify(json, null, 2)}\n`);
    return 0;
  }
  const held = value.held === undefined ? '' : `${value.held}; --now does not wait\n`;
  if (dryRun) io.stdout.write(`${held}${value.repository} ${value.branch}\n\n${value.message}\n\n${value.diff}`);
  else {
    const sources = value.from.map((source) => source.environment).join(' and ');
    io.stdout.write(`${value.id}  ${route} ${sources} → ${environment}: ${value.image}, queued\n${held}`);
  }
  return 0;
}
