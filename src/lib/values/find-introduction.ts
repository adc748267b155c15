import type { GitOpsRepository } from '../git/repository.ts';
import { parseTrailers } from '../model/trailers.ts';
import { holdsValue } from './held-value.ts';
import type { Inspection } from './inspect.ts';

/** Commits of a file that are read at most. */
const historyLimit = 20;

/**
 * The commit that introduced the update's value into its file, by any author: the commit with the update's id in a
 * trailer, else the last of the commits, from the tip down, that hold the value without a gap.
 */
export async function findIntroduction(
  inspection: Inspection,
  tip: string,
  repository: GitOpsRepository,
): Promise<string> {
  const { update } = inspection.resolved;
  const file = inspection.changes[0]?.file;
  let oldest = tip;
  if (file === undefined) return oldest;
  for await (const { commit, message } of repository.history(tip, file, historyLimit)) {
    if (parseTrailers(message).some(({ id }) => id === update.id)) return commit;
    if (!(await holdsValue(inspection.resolved, commit, repository))) return oldest;
    oldest = commit;
  }
  return oldest;
}
