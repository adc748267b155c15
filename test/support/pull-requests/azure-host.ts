import { getPersonalAccessTokenHandler, WebApi } from 'azure-devops-node-api';
import {
  GitPullRequestMergeStrategy,
  GitStatusState,
  PullRequestAsyncStatus,
  PullRequestStatus,
} from 'azure-devops-node-api/interfaces/GitInterfaces.js';
import type { GitPullRequest } from 'azure-devops-node-api/interfaces/GitInterfaces.js';
import { expect } from 'vitest';
import type { startDevOps } from '../../../local/devops/devops.ts';
import type { BranchPolicy } from '../../../local/devops/pull-requests/policy.ts';
import type { PullRequestHost, SeenPullRequest } from './host.ts';
import { eventually } from '../eventually.ts';

const strategies = {
  merge: GitPullRequestMergeStrategy.NoFastForward,
  squash: GitPullRequestMergeStrategy.Squash,
  rebase: GitPullRequestMergeStrategy.Rebase,
} as const;

/** The emulator of Azure Repos, through the client of a person. */
export async function azureHost(
  devops: Pick<Awaited<ReturnType<typeof startDevOps>>, 'url' | 'faults'>,
  policies: BranchPolicy[],
) {
  const client = new WebApi(`${devops.url}/contoso`, getPersonalAccessTokenHandler('token'));
  const api = await client.getGitApi();
  const get = (number: number) => api.getPullRequest('gitops', number, 'platform');
  const change = (number: number, body: GitPullRequest) => api.updatePullRequest(body, 'gitops', number, 'platform');
  const until = (number: number, expected: GitPullRequest) =>
    eventually(async () => expect(await get(number)).toMatchObject(expected));

  const host: PullRequestHost = {
    repository: 'https://dev.azure.com/contoso/platform/_git/gitops',
    firstUrl: 'https://dev.azure.com/contoso/platform/_git/gitops/pullrequest/1',
    async all() {
      const status = PullRequestStatus.All;
      return (await api.getPullRequests('gitops', { status }, 'platform')).map(see);
    },
    get: async (number) => see(await get(number)),
    async statuses(number) {
      const posted = await api.getPullRequestStatuses('gitops', number, 'platform');
      return posted.map(({ context, state = GitStatusState.NotSet, description = '' }) => {
        const name = `${context?.genre}/${context?.name}`;
        return `${name} ${GitStatusState[state].toLowerCase()}: ${description}`;
      });
    },
    async complete(number, { strategy, message, deletesBranch } = {}) {
      await until(number, { mergeStatus: PullRequestAsyncStatus.Succeeded });
      const { lastMergeSourceCommit = {} } = await get(number);
      const completionOptions = {
        ...(strategy && { mergeStrategy: strategies[strategy] }),
        ...(message !== undefined && { mergeCommitMessage: message }),
        ...(deletesBranch !== undefined && { deleteSourceBranch: deletesBranch }),
      };
      await change(number, { status: PullRequestStatus.Completed, lastMergeSourceCommit, completionOptions });
      await until(number, { status: PullRequestStatus.Completed });
    },
    async abandon(number) {
      await change(number, { status: PullRequestStatus.Abandoned });
    },
    async reopen(number) {
      await change(number, { status: PullRequestStatus.Active });
    },
    async retarget(number, branch) {
      await change(number, { targetRefName: `refs/heads/${branch}` });
    },
    loseAnswer(step, when) {
      const resource = step === 'push' ? 'pushes' : 'pullRequests';
      devops.faults.add({ match: { method: 'POST', resource }, times: 1, action: { kind: 'drop', when } });
    },
    failOnce: () => {
      devops.faults.add({ match: { resource: 'pullRequests' }, times: 1, action: { kind: 'unavailable' } });
    },
    async guard() {
      policies.push({ branch: 'main', minimumApprovals: 1 });
    },
    async unguard() {
      policies.length = 0;
    },
  };
  return { ...host, api };
}

const states = {
  [PullRequestStatus.Completed]: 'completed',
  [PullRequestStatus.Abandoned]: 'abandoned',
} as const;

function see(found: GitPullRequest): SeenPullRequest {
  const { status = PullRequestStatus.Active } = found;
  return {
    number: found.pullRequestId ?? 0,
    state: status === PullRequestStatus.Completed || status === PullRequestStatus.Abandoned ? states[status] : 'active',
    source: (found.sourceRefName ?? '').replace('refs/heads/', ''),
    target: (found.targetRefName ?? '').replace('refs/heads/', ''),
    title: found.title ?? '',
    description: found.description ?? '',
    isDraft: found.isDraft ?? false,
    autoCompletes: found.autoCompleteSetBy !== undefined,
    hasConflicts: found.mergeStatus === PullRequestAsyncStatus.Conflicts,
    reviewers: (found.reviewers ?? []).map(({ displayName = '' }) => displayName),
    labels: (found.labels ?? []).map(({ name = '' }) => name),
  };
}
