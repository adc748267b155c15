import { decode } from '../edit/yaml/decode.ts';
import { openFile } from '../edit/edit.ts';
import { Failure } from '../model/failure.ts';
import type { GitOpsRepository } from '../git/repository.ts';
import { parseTrailers } from '../model/trailers.ts';
import { inspect, isUpToDate } from './inspect.ts';
import type { Inspection, ResolvedUpdate } from './inspect.ts';

/** How many commits of a file are looked at. */
const historyLimit = 20;

/**
 * The commit that put the update's value into its file, whoever wrote it: the one that bears the update's id, else the
 * oldest in a row, from the tip down, whose file holds the value.
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

/** Whether the files of an update hold its value at a commit. */
export async function holdsValue(
  resolved: ResolvedUpdate,
  commit: string,
  repository: GitOpsRepository,
): Promise<boolean> {
  try {
    const paths = resolved.environment.update.map(({ file }) => file);
    const contents = await repository.read(commit, paths);
    const files = new Map([...contents].map(([path, bytes]) => [path, openFile(path, decode(path, bytes))]));
    const there = inspect(resolved, files);
    return there !== 'ignored' && isUpToDate(there);
  } catch (error) {
    // An older state of the file that cannot be edited does not hold the value.
    if (error instanceof Failure && error.kind === 'permanent') return false;
    throw error;
  }
}
