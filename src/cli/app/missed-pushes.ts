import { z } from 'zod';
import type { AppClient } from './app-client.ts';

const answerSchema = z.object({
  pushes: z.array(
    z.object({
      kind: z.string(),
      tag: z.string(),
      route: z.string().optional(),
      environment: z.string().optional(),
      reason: z.string(),
      nearest: z.string().optional(),
      at: z.string(),
    }),
  ),
});

/** The pushes of an image that changed nothing, as text; empty if there are none. */
export async function missedPushes(image: string, app: AppClient): Promise<string> {
  const query = new URLSearchParams({ image });
  const { pushes } = (await app.call('GET', `missed-pushes?${query.toString()}`, answerSchema)).value;
  if (pushes.length === 0) return '';
  const lines = pushes.map(({ kind, tag, route, environment, reason, nearest, at }) => {
    const place = [route, environment].filter((name) => name !== undefined).join(' ');
    const hint = nearest === undefined ? '' : `; nearest: ${nearest}`;
    return `  ${at.slice(0, 16).replace('T', ' ')}  ${[tag, kind, place].filter(Boolean).join('  ')}: ${reason}${hint}\n`;
  });
  return `\nPushes that changed nothing:\n${lines.join('')}`;
}
