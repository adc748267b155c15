import { Failure } from '../../model/failure.ts';
import type { PullRequests } from '../pull-requests.ts';
import type { Push } from '../repository.ts';
import type { GitConnection } from './connection.ts';
import { listRefs, noObject } from './refs.ts';
import { updateRef } from './update-ref.ts';

export type SourceBranches = Pick<PullRequests, 'head' | 'pushSource' | 'removeSource'>;

/**
 * The source branches of pull requests on any Git host. A branch is created, recreated, moved and deleted in one
 * step, by compare-and-swap on its head.
 *
 * @param pushFrom pushes one commit to a branch that is at `from`
 */
export function makeSourceBranches(
  connection: GitConnection,
  pushFrom: (from: string, push: Push) => Promise<{ readonly commit: string }>,
): SourceBranches {
  return {
    async head(source) {
      const name = `refs/heads/${source}`;
      return (await listRefs(connection, name)).objects.get(name);
    },

    async pushSource({ source, from = noObject, ...content }) {
      try {
        return await pushFrom(from, { ...content, branch: source });
      } catch (error) {
        if (!(error instanceof Failure && error.code === 'branch-not-found')) throw error;
        // Deleted in the meantime, with its pull request merged or closed.
        throw new Failure('branch-moved', error.message, { place: error.place, cause: error });
      }
    },

    async removeSource(source, head) {
      try {
        await updateRef(connection, { branch: source, from: head, to: noObject });
      } catch (error) {
        if (!(error instanceof Failure && error.code === 'branch-moved')) throw error;
        // Somebody has pushed to it: it is theirs.
      }
    },
  };
}
