import type { Commit, GitOpsRepository } from '../git/repository.ts';
import { holdsValue } from './held-value.ts';
import type { Inspection } from './inspect.ts';

/** Commits of a file that are read at most. */
const historyLimit = 20;

/**
 * The commit that introduced the update's value into its file, by any author: the last of the commits, from the tip down,
 * that hold the value without a gap.
 */
export async function findIntroduction(
  { resolved, changes }: Inspection,
  tip: string,
  repository: GitOpsRepository,
): Promise<string> {
  const file = changes[0]?.file;
  if (file === undefined) return tip;
  const isHeld = (commit: string): Promise<boolean> => holdsValue(resolved, commit, repository);
  return (await introducingCommit(file, isHeld, tip, repository))?.commit ?? tip;
}

/** The last of the commits of a file, from the tip down, that hold a value without a gap; `undefined` if the first does not. */
export async function introducingCommit(
  file: string,
  isHeld: (commit: string) => Promise<boolean>,
  tip: string,
  repository: Pick<GitOpsRepository, 'history'>,
): Promise<Commit | undefined> {
  let oldest: Commit | undefined;
  for await (const commit of repository.history(tip, file, historyLimit)) {
    if (!(await isHeld(commit.commit))) return oldest;
    oldest = commit;
  }
  return oldest;
}
