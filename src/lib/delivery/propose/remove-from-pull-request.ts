import type { DeliverDeps } from '../delivery.ts';
import type { Outcome } from '../../model/outcome.ts';
import type { ResolvedUpdate } from '../../values/inspect.ts';
import type { TagUpdate } from '../../model/tag-update.ts';
import { end } from './end-record.ts';

/** Records why an update leaves its pull request: the target holds it, or newer, or cannot take it any more. */
export async function removeFromPullRequest(
  update: TagUpdate,
  outcome: Outcome,
  repository: string,
  deps: DeliverDeps,
): Promise<void> {
  if (outcome.kind === 'superseded') {
    const { reason, by } = outcome;
    await end(update, repository, { state: 'superseded', reason, supersededBy: by }, deps);
  }
  if (outcome.kind === 'failed') {
    const { code, message } = outcome.failure;
    await end(update, repository, { state: 'rejected', code, reason: message }, deps);
  }
  if (outcome.kind === 'ignored') await deps.store.remove(update);
}

/** Records that updates leave their pull request because no route takes their image any more. */
export async function removeRouteless(
  carried: readonly TagUpdate[],
  resolved: readonly ResolvedUpdate[],
  repository: string,
  deps: DeliverDeps,
): Promise<void> {
  const routed = new Set(resolved.map(({ update }) => update.id));
  for (const update of carried) {
    if (routed.has(update.id)) continue;
    const reason = `no route takes the image to ${update.environment} as ${update.route} any more`;
    await end(update, repository, { state: 'rejected', code: 'route-gone', reason }, deps);
  }
}
