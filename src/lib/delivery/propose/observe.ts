import type { SourceBranch } from '../../model/source-branch.ts';
import { Failure } from '../../model/failure.ts';
import type { PullRequest, PullRequests } from '../../git/pull-requests.ts';

/** The current pull request; one whose repository was deleted counts as closed. */
export async function observePullRequest(
  { number, url }: NonNullable<SourceBranch['pullRequest']>,
  { source, target }: SourceBranch,
  pullRequests: PullRequests,
): Promise<PullRequest> {
  try {
    return await pullRequests.get(number);
  } catch (error) {
    if (!(error instanceof Failure && error.code === 'pull-request-not-found')) throw error;
    return {
      number,
      url,
      state: 'abandoned',
      source,
      target,
      head: undefined,
      mergeCommit: undefined,
      hasConflicts: false,
      autoCompletes: false,
      createdBy: '',
    };
  }
}
