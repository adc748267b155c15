import type { GitApi } from 'azure-devops-node-api/GitApi.js';
import { GitRefUpdateStatus } from 'azure-devops-node-api/interfaces/GitInterfaces.js';
import { Failure } from '../../model/failure.ts';
import { zeroObjectId } from './azure-repos.ts';
import { pushBody } from './push-body.ts';
import type { PullRequests, SourcePush } from '../pull-requests.ts';
import type { AzureReposAddress } from '../../net/repository-url.ts';

/** The source branches of pull requests on Azure Repos. */
export function makeAzureSourceBranches(
  { url, project, repository }: AzureReposAddress,
  git: GitApi,
): Pick<PullRequests, 'head' | 'pushSource' | 'removeSource'> {
  const place = { repository: url };

  async function head(source: string): Promise<string | undefined> {
    // The filter is a prefix: `heads/a` also finds `ab`.
    const refs = await git.getRefs(repository, project, `heads/${source}`);
    return refs.find(({ name }) => name === `refs/heads/${source}`)?.objectId;
  }

  /** Moves branches by compare-and-swap, one after the other; `zeroObjectId` creates or deletes. */
  async function move(...moves: readonly { name: string; from: string; to: string }[]): Promise<void> {
    const results = await git.updateRefs(
      moves.map(({ name, from, to }) => ({ name: `refs/heads/${name}`, oldObjectId: from, newObjectId: to })),
      repository,
      project,
    );
    const [first] = results;
    if (first?.success === true) return;
    if (first?.updateStatus === GitRefUpdateStatus.StaleOldObjectId) {
      throw new Failure('branch-moved', `Branch ${moves[0]?.name} of ${url} has moved.`, { place });
    }
    const status = GitRefUpdateStatus[first?.updateStatus ?? GitRefUpdateStatus.Unprocessed];
    throw new Failure(
      'permission-denied',
      `Branch ${moves[0]?.name} of ${url} was not moved: ${status}. Give the identity "Force push" on the branches tagrelay/*.`,
      { place },
    );
  }

  async function push(branch: string, { base, message, files }: SourcePush) {
    const { commits, refUpdates } = await git.createPush(
      pushBody({ branch, base, message, files }),
      repository,
      project,
    );
    const commit = commits?.[0]?.commitId;
    if (commit === undefined) {
      throw new Failure('answer-lost', `The answer to the push to ${url} names no commit.`, { place });
    }
    return { commit, isNewBranch: refUpdates?.[0]?.oldObjectId === zeroObjectId };
  }

  /** A push only goes forward: the commit is made on a branch of its own, then the source is moved to it in one step. */
  async function rebuild(request: SourcePush, from: string): Promise<{ commit: string }> {
    const workshop = `${request.source}=new`;
    const left = await head(workshop);
    if (left !== undefined) await move({ name: workshop, from: left, to: zeroObjectId });
    const { commit } = await push(workshop, request);
    try {
      await move({ name: request.source, from, to: commit }, { name: workshop, from: commit, to: zeroObjectId });
    } catch (error) {
      if (error instanceof Failure && error.code === 'branch-moved')
        await move({ name: workshop, from: commit, to: zeroObjectId }).catch(leaveForTheNext);
      throw error;
    }
    return { commit };
  }

  return {
    head,

    async pushSource(request) {
      const { source, from, base } = request;
      if (from !== undefined && from !== base) return rebuild(request, from);
      const { commit, isNewBranch } = await push(source, request);
      if (from !== undefined && isNewBranch) {
        // Deleted in the meantime, with its pull request merged or closed: nothing may grow on its old commit.
        await move({ name: source, from: commit, to: zeroObjectId });
        throw new Failure('branch-moved', `Branch ${source} of ${url} was deleted.`, { place });
      }
      return { commit };
    },

    async removeSource(source, known) {
      try {
        await move({ name: source, from: known, to: zeroObjectId });
      } catch (error) {
        if (!(error instanceof Failure && error.code === 'branch-moved')) throw error;
        // Somebody has pushed to it: it is theirs.
      }
    },
  };
}

/** The next push that creates the branch again removes it first. */
function leaveForTheNext(error: unknown): void {
  if (!(error instanceof Failure)) throw error;
}
