import type { GitApi } from 'azure-devops-node-api/GitApi.js';
import { GitStatusState } from 'azure-devops-node-api/interfaces/GitInterfaces.js';
import type { GitStatus } from 'azure-devops-node-api/interfaces/GitInterfaces.js';
import { Failure } from '../../model/failure.ts';
import type { FailureCode } from '../../model/failure.ts';
import type { AzureReposAddress } from '../../net/repository-url.ts';
import type { Status, Statuses } from '../statuses.ts';

const states: Readonly<Record<Status['state'], GitStatusState>> = {
  pending: GitStatusState.Pending,
  succeeded: GitStatusState.Succeeded,
  failed: GitStatusState.Failed,
  error: GitStatusState.Error,
  notApplicable: GitStatusState.NotApplicable,
};

/** Statuses on Azure Repos ("Git - Statuses" and "Pull Request Statuses" in the REST reference). */
export function makeAzureStatuses({ url, project, repository }: AzureReposAddress, git: GitApi): Statuses {
  return {
    async postToCommit(commit, status) {
      try {
        await git.createCommitStatus(bodyOf(status), commit, repository, project);
      } catch (error) {
        // For a push an unknown commit means that the branch was rewritten; here it is the thing itself that is gone.
        if (!isCode(error, 'branch-moved')) throw refusalOf(error);
        throw new Failure('commit-not-found', `${url} has no commit ${commit}: it cannot get a status.`, {
          cause: error,
          place: { repository: url },
        });
      }
    },

    async postToPullRequest(number, status) {
      try {
        await git.createPullRequestStatus(bodyOf(status), repository, number, project);
      } catch (error) {
        throw refusalOf(error);
      }
    },
  };

  /** The code for a push that is refused with the same answer. */
  function refusalOf(error: unknown): unknown {
    if (!isCode(error, 'push-refused')) return error;
    return new Failure('status-refused', error.message, { cause: error, place: { repository: url } });
  }
}

function isCode(error: unknown, code: FailureCode): error is Failure {
  return error instanceof Failure && error.code === code;
}

function bodyOf({ state, context, description, targetUrl }: Status): GitStatus {
  return {
    state: states[state],
    context: { ...context },
    description,
    ...(targetUrl === undefined ? {} : { targetUrl }),
  };
}
