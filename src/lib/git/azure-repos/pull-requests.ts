import type { GitApi } from 'azure-devops-node-api/GitApi.js';
import {
  GitPullRequestMergeStrategy,
  PullRequestAsyncStatus,
  PullRequestStatus,
} from 'azure-devops-node-api/interfaces/GitInterfaces.js';
import type { GitPullRequest } from 'azure-devops-node-api/interfaces/GitInterfaces.js';
import { Failure } from '../../model/failure.ts';
import { makeAzureSourceBranches } from './source-branches.ts';
import type { MergeStrategy, PullRequest, PullRequests } from '../pull-requests.ts';
import type { AzureReposAddress } from '../../net/repository-url.ts';

/** Setting this identity switches auto-complete off. */
const nobody = '00000000-0000-0000-0000-000000000000';
const pageSize = 100;
const policiesOpen = 'a branch policy of its target is not fulfilled';

const strategies: Readonly<Record<MergeStrategy, GitPullRequestMergeStrategy>> = {
  squash: GitPullRequestMergeStrategy.Squash,
  noFastForward: GitPullRequestMergeStrategy.NoFastForward,
  rebase: GitPullRequestMergeStrategy.Rebase,
  rebaseMerge: GitPullRequestMergeStrategy.RebaseMerge,
};

/** Pull requests of a repository on Azure Repos. */
export function makeAzurePullRequests(
  address: AzureReposAddress,
  git: GitApi,
  findReviewers: PullRequests['findReviewers'],
): PullRequests {
  const { url, project, repository } = address;
  const place = { repository: url };
  let defaultBranch: Promise<string> | undefined;

  async function readDefaultBranch(): Promise<string> {
    const { defaultBranch: ref = '' } = await git.getRepository(repository, project);
    return ref.replace(/^refs\/heads\//, '');
  }

  function read(found: GitPullRequest): PullRequest {
    const { pullRequestId, status, createdBy } = found;
    if (pullRequestId === undefined || createdBy?.id === undefined) {
      throw new Failure(
        'answer-not-understood',
        `Azure DevOps described a pull request of ${url} without its number.`,
        {
          place,
        },
      );
    }
    const isCompleted = status === PullRequestStatus.Completed;
    return {
      number: pullRequestId,
      url: `${url}/pullrequest/${pullRequestId}`,
      state: stateOf(status),
      source: branchOf(found.sourceRefName),
      target: branchOf(found.targetRefName),
      head: found.lastMergeSourceCommit?.commitId,
      mergeCommit: isCompleted ? found.lastMergeCommit?.commitId : undefined,
      ...(isCompleted && found.closedDate && { completedAt: found.closedDate }),
      hasConflicts: found.mergeStatus === PullRequestAsyncStatus.Conflicts,
      autoCompletes: found.autoCompleteSetBy?.id !== undefined && found.autoCompleteSetBy.id !== nobody,
      createdBy: createdBy.id,
    };
  }

  async function update(number: number, change: GitPullRequest): Promise<void> {
    await git.updatePullRequest(change, repository, number, project);
  }

  return {
    ...makeAzureSourceBranches(address, git),
    findReviewers,

    defaultBranch() {
      return (defaultBranch ??= readDefaultBranch().catch((error: unknown) => {
        defaultBranch = undefined;
        throw error;
      }));
    },

    async find(source, target, state) {
      const criteria = {
        sourceRefName: `refs/heads/${source}`,
        targetRefName: `refs/heads/${target}`,
        status: state === 'active' ? PullRequestStatus.Active : PullRequestStatus.All,
      };
      const found = (await git.getPullRequests(repository, criteria, project, undefined, 0, pageSize)).map(read);
      return found.find((one) => one.state === 'active') ?? found.toSorted((a, b) => b.number - a.number)[0];
    },

    async listActive(sourcePrefix) {
      const all: PullRequest[] = [];
      const criteria = { status: PullRequestStatus.Active };
      for (let skip = 0; ; skip += pageSize) {
        const page = await git.getPullRequests(repository, criteria, project, undefined, skip, pageSize);
        all.push(...page.map(read).filter(({ source }) => source.startsWith(sourcePrefix)));
        if (page.length < pageSize) return all;
      }
    },

    async get(number) {
      return read(await git.getPullRequest(repository, number, project));
    },

    async open({ source, target, title, description, reviewers, labels, workItems, draft }) {
      const body: GitPullRequest & { workItemRefs: readonly { id: string }[] } = {
        sourceRefName: `refs/heads/${source}`,
        targetRefName: `refs/heads/${target}`,
        title,
        description,
        isDraft: draft,
        reviewers: reviewers.map((id) => ({ id })),
        labels: labels.map((name) => ({ name })),
        workItemRefs: workItems.map((id) => ({ id: String(id) })),
      };
      return read(await git.createPullRequest(body, repository, project));
    },

    setText: (number, { title, description }) => update(number, { title, description }),

    async setAutoComplete({ number, createdBy }, completion) {
      if (!completion) {
        await update(number, { autoCompleteSetBy: { id: nobody } });
        return undefined;
      }
      await update(number, {
        autoCompleteSetBy: { id: createdBy },
        completionOptions: {
          mergeStrategy: strategies[completion.strategy],
          mergeCommitMessage: completion.message,
          deleteSourceBranch: true,
        },
      });
      return undefined;
    },

    async complete(number, { strategy, message, head }) {
      try {
        await update(number, {
          status: PullRequestStatus.Completed,
          lastMergeSourceCommit: { commitId: head ?? '' },
          completionOptions: {
            mergeStrategy: strategies[strategy],
            mergeCommitMessage: message,
            deleteSourceBranch: true,
          },
        });
        return undefined;
      } catch (error) {
        if (error instanceof Failure && error.code === 'push-rejected-by-policy') return policiesOpen;
        throw error;
      }
    },

    abandon: (number) => update(number, { status: PullRequestStatus.Abandoned }),
  };
}

function stateOf(status: PullRequestStatus | undefined): PullRequest['state'] {
  if (status === PullRequestStatus.Completed) return 'completed';
  return status === PullRequestStatus.Abandoned ? 'abandoned' : 'active';
}

function branchOf(ref: string | undefined): string {
  return (ref ?? '').replace(/^refs\/heads\//, '');
}
