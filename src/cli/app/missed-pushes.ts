import { z } from 'zod';
import type { CommandIo } from '../command.ts';
import { wrapText } from '../wrap-text.ts';
import type { AppClient } from './app-client.ts';
import { shortTime } from './deployment-table.ts';

const pushSchema = z.object({
  kind: z.string(),
  image: z.string(),
  tag: z.string(),
  route: z.string().optional(),
  environment: z.string().optional(),
  reason: z.string(),
  nearest: z.string().optional(),
  at: z.string(),
});
type Push = z.infer<typeof pushSchema>;
const answerSchema = z.object({ pushes: z.array(pushSchema) });

const mostShown = 10;
const indent = 15;

/** The pushes that changed nothing, as text; empty if there are none. */
export async function missedPushes(
  { image, ...fields }: Readonly<Partial<Record<'route' | 'environment' | 'image' | 'tag', string | undefined>>>,
  app: AppClient,
  io: Pick<CommandIo, 'columns'>,
): Promise<string> {
  const query = image === undefined ? '' : `?${new URLSearchParams({ image }).toString()}`;
  const { pushes } = (await app.call('GET', `missed-pushes${query}`, answerSchema)).value;
  const found = pushes.filter((push) =>
    (['route', 'environment', 'tag'] as const).every(
      (name) => fields[name] === undefined || fields[name] === push[name],
    ),
  );
  if (found.length === 0) return '';
  const lines = found.slice(0, mostShown).map((push) => {
    const hint = push.nearest === undefined ? '' : `; nearest: ${push.nearest}`;
    const why = wrapText(`${push.reason}${hint}`, { indent, width: io.columns });
    return `  ${shortTime(push.at).padEnd(indent - 2)}${titleOf(push)}\n${why}`;
  });
  const more = found.length > mostShown ? `  and ${found.length - mostShown} more\n` : '';
  return `\nPushes that changed nothing:\n${lines.join('')}${more}`;
}

function titleOf({ kind, image, tag, route, environment = '' }: Push): string {
  if (route === undefined) return `${image}:${tag}, ${kind}`;
  return `${route} ${tag}, ${kind === 'not-taken' ? 'not taken' : kind} in ${environment}`;
}
