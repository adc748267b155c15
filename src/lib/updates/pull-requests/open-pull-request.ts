import { Failure } from '../../failure.ts';
import type { NewPullRequest, PullRequest, PullRequests } from '../../gitops/pull-requests.ts';
import type { Inspection } from '../plan/inspect.ts';
import { proposalOptions } from '../plan/proposal-options.ts';
import { proposalText } from '../plan/pull-request-text.ts';
import type { SourceState } from './source-state.ts';

/**
 * Opens the pull request of a source branch, or tells the open one what it proposes now. What a person has changed
 * (reviewers, auto-complete) stays.
 */
export async function openPullRequest(
  updates: readonly Inspection[],
  { source, tip, active, known }: SourceState,
  pullRequests: PullRequests,
): Promise<PullRequest> {
  const options = proposalOptions(updates);
  const text = proposalText(updates, []);
  const completion = { strategy: options.mergeStrategy, message: text.mergeMessage };
  if (active) {
    await pullRequests.setText(active.number, text);
    // One that the store does not know was opened by a worker that came no further.
    const completes = active.autoCompletes || known === undefined;
    if (options.autoComplete && completes) await pullRequests.setAutoComplete(active, completion);
    return active;
  }
  const { ids: reviewers, unknown } = await pullRequests.findReviewers(options.reviewers);
  const notes = unknown.map((name) => `No reviewer \`${name.replaceAll('`', "'")}\` was found.`);
  const request = { source, target: tip.branch, ...options, reviewers };
  const opened = await openInSpite({ ...request, ...proposalText(updates, notes) }, updates, pullRequests);
  if (options.autoComplete) await pullRequests.setAutoComplete(opened, completion);
  return opened;
}

/** A reviewer who has left must not stop deployments: policies, not this, say who has to approve. */
async function openInSpite(
  request: NewPullRequest,
  updates: readonly Inspection[],
  pullRequests: PullRequests,
): Promise<PullRequest> {
  try {
    return await pullRequests.open(request);
  } catch (error) {
    if (!(error instanceof Failure && error.code === 'reviewer-unknown')) throw error;
    const text = proposalText(updates, ['The reviewers that the route names were refused; add them by hand.']);
    return pullRequests.open({ ...request, ...text, reviewers: [] });
  }
}
