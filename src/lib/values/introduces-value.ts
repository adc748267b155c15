import type { Commit, GitOpsRepository } from '../git/repository.ts';
import { holdsValue } from './held-value.ts';
import type { ResolvedUpdate } from './inspect.ts';

/**
 * Whether the diff of a commit sets the value of an update: the commit holds the value and its first parent does not.
 * Anyone can write a trailer, so a trailer counts only in such a commit.
 */
export async function introducesValue(
  resolved: ResolvedUpdate,
  { commit, parents: [parent] }: Commit,
  repository: Pick<GitOpsRepository, 'read'>,
): Promise<boolean> {
  if (!(await holdsValue(resolved, commit, repository))) return false;
  return parent === undefined || !(await holdsValue(resolved, parent, repository));
}
