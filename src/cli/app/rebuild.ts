import { z } from 'zod';
import type { Command, CommandArguments, CommandIo, ExitCode } from '../command.ts';
import { flag, textOption } from '../options.ts';
import { appHelp, appOptions, makeAppClient } from './app-client.ts';

const help = `
Restores marks and records from the trailers in Git, after storage was lost or restored from a backup. Reads the last
1,000 commits of each branch that the routes name. Can be repeated. Needs the master key.

  --route NAME        of this route only, its captures filled in
  --environment NAME  of this environment only
${appHelp}

Exit code 0: restored; 1: refused, or a repository or environment could not be read; 2: usage error.
`;

/** `tagrelay rebuild`: restores marks and records from Git. */
export const rebuildCommand: Command = {
  name: 'rebuild',
  summary: 'restore marks and records from Git after storage was lost',
  help,
  options: { route: { type: 'string' }, environment: { type: 'string' }, ...appOptions },
  run: rebuild,
};

const environmentSchema = z.object({
  route: z.string(),
  environment: z.string(),
  mark: z.looseObject({ tag: z.string() }).nullable(),
  records: z.number(),
});
const answerSchema = z.object({
  environments: z.array(environmentSchema),
  notRebuilt: z.array(
    z.object({
      repository: z.string(),
      route: z.string().optional(),
      environment: z.string().optional(),
      reason: z.string(),
    }),
  ),
  next: z.string().optional(),
});
type Answer = z.infer<typeof answerSchema>;

async function rebuild(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  const filter = { route: textOption(args, 'route'), environment: textOption(args, 'environment') };
  const app = makeAppClient(args, io);
  const environments = new Map<string, Answer['environments'][number]>();
  const notRebuilt: Answer['notRebuilt'][number][] = [];
  let body: object | undefined = filter;
  while (body) {
    const { value }: { readonly value: Answer } = await app.call('POST', 'rebuild', answerSchema, body);
    for (const one of value.environments) {
      const key = `${one.route}\n${one.environment}`;
      environments.set(key, { ...one, records: one.records + (environments.get(key)?.records ?? 0) });
    }
    notRebuilt.push(...value.notRebuilt);
    body = value.next === undefined ? undefined : { ...filter, from: value.next };
  }
  const restored = [...environments.values()];
  if (flag(args, 'json')) io.stdout.write(`${JSON.stringify({ environments: restored, notRebuilt }, null, 2)}\n`);
  else for (const one of restored) io.stdout.write(`${line(one)}\n`);
  for (const { repository, route, environment, reason } of notRebuilt) {
    const what = [route, environment].filter((word) => word !== undefined).join(' ');
    io.stderr.write(`not read: ${what === '' ? '' : `${what} `}${repository}: ${reason}\n`);
  }
  return notRebuilt.length === 0 ? 0 : 1;
}

function line({ route, environment, mark, records }: Answer['environments'][number]): string {
  return `${route} ${environment}: mark ${mark?.tag ?? 'none'}, ${records} record${records === 1 ? '' : 's'} restored`;
}
