import type { DeliverDeps } from '../deliver-once.ts';
import type { Outcome } from '../outcome.ts';
import type { TagUpdate } from '../tag-update.ts';
import { end } from './settle-pull-request.ts';

/** Records why an update leaves its pull request: the target holds it, or newer, or cannot take it any more. */
export async function dropCarried(
  update: TagUpdate,
  outcome: Outcome,
  repository: string,
  deps: DeliverDeps,
): Promise<void> {
  if (outcome.kind === 'superseded')
    await end(update, repository, { state: 'superseded', reason: outcome.reason }, deps);
  if (outcome.kind === 'failed') {
    const { code, message } = outcome.failure;
    await end(update, repository, { state: 'rejected', code, reason: message }, deps);
  }
  if (outcome.kind === 'ignored') await deps.store.remove(update);
}
