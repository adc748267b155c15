import type { GitCommitRef, GitUserDate } from 'azure-devops-node-api/interfaces/GitInterfaces.js';
import type { HostedRepository } from '../server/platform.ts';
import { ServiceError } from '../server/service-error.ts';
import { isObjectId } from '../store/object-id.ts';
import type { CommitContent, Signature } from '../store/commit.ts';

/** A commit in the form of lists: only the first line of its message. */
export function commitInList(repository: HostedRepository, id: string, commit: CommitContent): GitCommitRef {
  const message = commit.message.trimEnd();
  const [firstLine = ''] = message.split('\n');
  return {
    ...commitHead(repository, id, commit),
    comment: firstLine.trimEnd(),
    ...(firstLine.length < message.length ? { commentTruncated: true } : {}),
  };
}

/** Everything but the message. */
export function commitHead(repository: HostedRepository, id: string, commit: CommitContent): GitCommitRef {
  return {
    commitId: id,
    author: userDate(commit.author),
    committer: userDate(commit.committer),
    parents: [...commit.parents],
    url: `${repository.apiUrl}/commits/${id}`,
    remoteUrl: `${repository.remoteUrl}/commit/${id}`,
  };
}

function userDate({ name, email, seconds }: Signature): GitUserDate {
  return { name, email, date: new Date(seconds * 1000) };
}

/** Commits by id, in the form of lists. Throws `GitCommitDoesNotExistException` (404) for an unknown one. */
export function listCommits(repository: HostedRepository, ids: readonly string[]): Promise<GitCommitRef[]> {
  return Promise.all(ids.map(async (id) => commitInList(repository, id, await existingCommit(repository, id))));
}

/** Throws `GitCommitDoesNotExistException` (404). */
export async function existingCommit({ bare }: HostedRepository, id: string): Promise<CommitContent> {
  const commit = isObjectId(id) ? await bare.readCommit(id) : undefined;
  if (commit !== undefined) return commit;
  throw new ServiceError('GitCommitDoesNotExistException', `TF401175: The commit '${id}' does not exist.`);
}
