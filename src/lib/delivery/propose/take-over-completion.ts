import type { SourceBranch } from '../../model/source-branch.ts';
import type { PullRequest, PullRequests } from '../../git/pull-requests.ts';
import type { DeliverDeps } from '../delivery.ts';
import { concernsEnvironment, isInForce } from '../windows/freeze.ts';
import type { Freeze } from '../windows/freeze.ts';

/** Whether the Git host would complete the pull request of a branch in a freeze. */
export function completesInFreeze(
  { autoCompletes }: Pick<PullRequest, 'autoCompletes'>,
  { updates }: Pick<SourceBranch, 'updates'>,
  freezes: readonly Freeze[],
  now: Date,
): boolean {
  return (
    autoCompletes &&
    freezes.some((freeze) => isInForce(freeze, now) && updates.some((update) => concernsEnvironment(freeze, update)))
  );
}

/**
 * Switches the Git host's auto-complete off. From then on tagrelay completes the pull request itself, so it waits for the end
 * of each freeze.
 */
export async function takeOverCompletion(
  key: string,
  pullRequest: PullRequest,
  pullRequests: PullRequests,
  { store, now }: Pick<DeliverDeps, 'store' | 'now'>,
): Promise<void> {
  // Recorded first: if this worker dies, the next one repeats it.
  await store.updateSourceBranch(key, (row) =>
    row?.pullRequest?.number === pullRequest.number && !row.completion
      ? { ...row, completion: { at: now().toISOString() } }
      : undefined,
  );
  await pullRequests.setAutoComplete(pullRequest, undefined);
}
