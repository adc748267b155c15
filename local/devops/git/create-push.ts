import type { GitCommit, GitRefUpdate } from 'azure-devops-node-api/interfaces/GitInterfaces.js';
import type { HostedRepository } from '../server/platform.ts';
import { invalidArgument, ServiceError } from '../server/service-error.ts';
import { formatCommit } from '../store/commit.ts';
import type { CommitContent } from '../store/commit.ts';
import { zeroId } from '../store/object-id.ts';
import { applyChanges } from './apply-changes.ts';
import { commitHead } from './commit-ref.ts';
import type { PushRequest } from './push-request.ts';
import { toSignature } from './signature.ts';

/** A push that has landed. */
export interface LandedPush {
  readonly refUpdate: Required<Pick<GitRefUpdate, 'name' | 'oldObjectId' | 'newObjectId'>>;
  readonly commitId: string;
  readonly commit: GitCommit;
}

/** Where a push starts: the value that the ref must have, and the commit below the new one. */
interface Base {
  readonly from: string;
  readonly parent: string | undefined;
}

/**
 * Commits by compare-and-swap on the branch: all objects are written before the ref moves, so a killed process leaves
 * the branch whole. Throws a `ServiceError`: 409 where the branch is elsewhere, 404 for an unknown commit, 400 else.
 */
export async function createPush(repository: HostedRepository, request: PushRequest, now: Date): Promise<LandedPush> {
  const { bare } = repository;
  const { from, parent } = await findBase(repository, request);
  const below = parent === undefined ? undefined : await bare.readCommit(parent);
  if (parent !== undefined && below === undefined) {
    throw new ServiceError('GitCommitDoesNotExistException', `TF401175: The commit '${parent}' does not exist.`);
  }
  const content: CommitContent = {
    tree: await applyChanges(bare, below?.tree, request.changes),
    parents: parent === undefined ? [] : [parent],
    author: toSignature(request.author, now, 'author'),
    committer: toSignature(request.committer, now, 'committer'),
    message: request.comment.endsWith('\n') ? request.comment : `${request.comment}\n`,
  };
  const commitId = await bare.writeObject('commit', formatCommit(content));
  const outcome = await bare.updateRef({ name: request.ref, from, to: commitId });
  if (outcome === 'stale') throw stale(request.ref);
  if (outcome === 'name-conflict') {
    throw new ServiceError(
      'GitRefNameConflictException',
      `TF401026: The name '${request.ref}' conflicts with another ref's.`,
    );
  }
  return {
    refUpdate: { name: request.ref, oldObjectId: from, newObjectId: commitId },
    commitId,
    commit: { ...commitHead(repository, commitId, content), treeId: content.tree, comment: content.message },
  };
}

/** A branch that is not there is made from the old id: the branch of somebody who deleted it, too. */
async function findBase({ bare }: HostedRepository, { ref, oldObjectId, parent }: PushRequest): Promise<Base> {
  const tip = await bare.readRef(ref);
  if (tip !== undefined && tip !== oldObjectId) throw stale(ref);
  if (oldObjectId === zeroId) return { from: zeroId, parent };
  if (parent !== undefined && parent !== oldObjectId) {
    throw invalidArgument('The parent is not the commit that the branch is at.', 'parents');
  }
  return { from: tip ?? zeroId, parent: oldObjectId };
}

function stale(ref: string): ServiceError {
  return new ServiceError(
    'GitReferenceStaleException',
    `TF401028: The reference '${ref}' has already been updated by another client, so you cannot update it. Please try again.`,
  );
}
