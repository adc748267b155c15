import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from '../webhooks.ts';
import type { WebhookSender } from '../webhooks.ts';
import type { ChainOrder } from './plan.ts';
import { routeOf } from './routes.ts';

/** Each try plans at the tip of the branch, on the Git host that the campaign loads. */
const pauseMs = 3_000;

/** Orders a promotion or rollback until the app accepts it. @returns the id; `undefined` if it was refused to the end */
export async function order(
  { kind, branch, environment }: ChainOrder,
  sender: WebhookSender,
  timeIsUp: AbortSignal,
): Promise<string | undefined> {
  const body = { route: routeOf(branch), environment, reason: 'campaign', actor: 'ada' };
  while (!timeIsUp.aborted) {
    const response = await ask(kind, kind === 'promote' ? { ...body, now: true } : body, sender);
    if (response?.status === 202) return ((await response.json()) as { readonly id: string }).id;
    // 404 and 409 while nothing is healthy yet; 503 while storage or the Git host does not answer.
    if (response && ![404, 409, 503].includes(response.status)) {
      throw new Error(`the order ${kind} was answered with ${response.status}: ${await response.text()}`);
    }
    await sleep(pauseMs);
  }
  return undefined;
}
