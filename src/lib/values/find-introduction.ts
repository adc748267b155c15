import type { GitOpsRepository } from '../git/repository.ts';
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
  let oldest = tip;
  if (file === undefined) return oldest;
  for await (const { commit } of repository.history(tip, file, historyLimit)) {
    if (!(await holdsValue(resolved, commit, repository))) return oldest;
    oldest = commit;
  }
  return oldest;
}
