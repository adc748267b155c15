import { Failure } from '../../model/failure.ts';
import type { NewPullRequest, PullRequest, PullRequests, PullRequestText } from '../../git/pull-requests.ts';
import type { ImageContents } from '../../model/source-change.ts';
import type { Inspection } from '../../values/inspect.ts';
import { proposalOptions } from '../plan/proposal-options.ts';
import { proposalText } from '../plan/pull-request-text.ts';
import type { SourceState } from './source-state.ts';

/**
 * Opens the pull request of a source branch, or updates the text of the open one. Reviewers and auto-complete that a person
 * has changed stay. Options that the Git host refuses are named in the description and do not stop the delivery.
 *
 * @param head where the source branch is
 * @param contents the source commits, for the text
 */
export async function openPullRequest(
  updates: readonly Inspection[],
  head: string | undefined,
  { source, tip, active, known }: SourceState,
  pullRequests: PullRequests,
  contents: readonly ImageContents[],
): Promise<PullRequest> {
  const textWith = (notes: readonly string[]) => proposalText(updates, notes, contents);
  const options = proposalOptions(updates);
  // One that the store does not know was opened by a worker that came no further.
  const isNew = active === undefined || known === undefined;
  const { ids: reviewers, unknown } = isNew ? await pullRequests.findReviewers(options.reviewers) : nobody;
  const notes = unknown.map((name) => `No reviewer ${code(name)} was found.`);
  const request = { source, target: tip.branch, ...options, reviewers };
  if (active) await pullRequests.setText(active.number, textWith(notes));
  const opened = active ?? (await openInSpite({ ...request, ...textWith(notes) }, textWith, pullRequests));
  const refused = isNew ? [...((await pullRequests.equip?.(opened.number, request)) ?? [])] : [];
  if (options.autoComplete && (isNew || opened.autoCompletes)) {
    const message = proposalText(updates, []).mergeMessage;
    const reason = await pullRequests.setAutoComplete(opened, { strategy: options.mergeStrategy, message, head });
    if (reason !== undefined) refused.push(`It does not complete by itself: ${reason}`);
  }
  if (refused.length > 0) await pullRequests.setText(opened.number, textWith([...notes, ...refused]));
  return opened;
}

const nobody = { ids: [], unknown: [] };

function code(name: string): string {
  return `\`${name.replaceAll('`', "'")}\``;
}

/** A reviewer who has left must not stop deployments: policies, not this, say who has to approve. */
async function openInSpite(
  request: NewPullRequest,
  textWith: (notes: readonly string[]) => PullRequestText,
  pullRequests: PullRequests,
): Promise<PullRequest> {
  try {
    return await pullRequests.open(request);
  } catch (error) {
    if (!(error instanceof Failure && error.code === 'reviewer-unknown')) throw error;
    const text = textWith(['The reviewers that the route names were refused; add them by hand.']);
    return pullRequests.open({ ...request, ...text, reviewers: [] });
  }
}
