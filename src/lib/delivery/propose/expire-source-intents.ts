import type { SourceBranch } from '../../model/source-branch.ts';
import type { OpenRepository } from '../../git/repositories.ts';
import type { Log } from '../../model/log.ts';
import type { DeliverDeps } from '../delivery.ts';
import { withoutExpired } from '../intents/source-branch.ts';
import { withoutProposal } from './closed-pull-requests.ts';

/**
 * Removes the push intents of a source branch whose answers were lost, once their pushes can no longer land. If the head of
 * the branch is not the stored one, a push may have landed: the proposal is brought up to date first.
 */
export async function expireSourceIntents(
  key: string,
  row: SourceBranch,
  { pullRequests }: OpenRepository,
  proposeCarried: () => Promise<void>,
  log: Log,
  { store, now }: Pick<DeliverDeps, 'store' | 'now'>,
): Promise<void> {
  const head = await pullRequests?.head(row.source);
  if (head !== undefined && head !== row.head) await proposeCarried();
  await store.updateSourceBranch(key, (current) => {
    if (!current) return undefined;
    const announced = withoutExpired(current.announced, now());
    if (announced.length === current.announced.length) return undefined;
    const next = { ...current, announced };
    return (next.pullRequest ?? next.head) === undefined ? withoutProposal(next) : next;
  });
  log('info', 'push-intent-removed', { target: key });
}
