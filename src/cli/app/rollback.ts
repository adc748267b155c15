import { z } from 'zod';
import { UsageError, type Command, type CommandArguments, type CommandIo, type ExitCode } from '../command.ts';
import { flag, textOption } from '../options.ts';
import { appHelp, appOptions, makeAppClient } from './app-client.ts';
import { orderHelp, orderOptions, readOrder } from './order.ts';

const help = `
Takes an environment back to an earlier value by a commit or a pull request, through windows. The mark stays, so the tag
that is reverted does not come again; a newer tag does. Needs the master key.

  --route NAME        the route, its captures filled in
  --environment NAME  the environment
  --to TAG            the tag to go back to; without it, the last one that was healthy
${orderHelp}
  --dry-run           print the commit, or the reason against it, and write nothing
${appHelp}

Exit code 0: queued, or a dry run that found no reason against it; 1: refused, or unknown names; 2: usage error.
`;

/** `tagrelay rollback`: takes an environment back to an earlier value. */
export const rollbackCommand: Command = {
  name: 'rollback',
  summary: 'take an environment back to the last healthy value, or to a tag',
  help,
  options: {
    route: { type: 'string' },
    environment: { type: 'string' },
    to: { type: 'string' },
    ...orderOptions,
    'dry-run': { type: 'boolean' },
    ...appOptions,
  },
  run: rollback,
};

const answerSchema = z.object({
  id: z.string(),
  route: z.string(),
  environment: z.string(),
  from: z.string(),
  image: z.string(),
  repository: z.string(),
  branch: z.string(),
  message: z.string(),
  diff: z.string(),
});

async function rollback(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  const route = textOption(args, 'route');
  const environment = textOption(args, 'environment');
  if (route === undefined || environment === undefined) throw new UsageError('expected --route and --environment');
  const dryRun = flag(args, 'dry-run');
  const body = { route, environment, to: textOption(args, 'to'), ...readOrder(args, io), dryRun };
  const { value, json } = await makeAppClient(args, io).call('POST', 'rollback', answerSchema, body);
  if (flag(args, 'json')) io.stdout.write(`${JSON.stringify(json, null, 2)}\n`);
  else if (dryRun) io.stdout.write(`${value.repository} ${value.branch}\n\n${value.message}\n\n${value.diff}`);
  else io.stdout.write(`${value.id}  ${route} ${environment}: ${value.from} → ${value.image}, queued\n`);
  return 0;
}
