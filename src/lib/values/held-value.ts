import type { GitOpsRepository } from '../git/repository.ts';
import { Failure } from '../model/failure.ts';
import { writesDigest } from '../model/file-edit.ts';
import { inspect, isUpToDate } from './inspect.ts';
import type { Inspection, OpenedFile, ResolvedUpdate } from './inspect.ts';
import { readPaths } from './read-files.ts';

type Files = ReadonlyMap<string, OpenedFile>;

/** The scalars of an update in files that may lack them, such as those of an older commit; `undefined` if they do. */
export function tryInspect(resolved: ResolvedUpdate, files: Files): Inspection | undefined {
  try {
    const inspection = inspect(resolved, files);
    return inspection === 'ignored' ? undefined : inspection;
  } catch (error) {
    if (error instanceof Failure && error.kind === 'permanent') return undefined;
    throw error;
  }
}

/** Whether the update names everything that its route writes: without a digest it does not if the route writes one. */
export function isComparable({ update, environment }: ResolvedUpdate): boolean {
  return update.image.digest !== undefined || !environment.update.some(writesDigest);
}

/** Whether files hold the value of an update, `own`, or another or none, `other`; `undefined` if not comparable. */
export function heldValue(resolved: ResolvedUpdate, files: Files): 'own' | 'other' | undefined {
  if (!isComparable(resolved)) return undefined;
  const inspection = tryInspect(resolved, files);
  return inspection && isUpToDate(inspection) ? 'own' : 'other';
}

/** Whether a commit holds the value of an update. A commit without the files or the scalars does not. */
export async function holdsValue(
  resolved: ResolvedUpdate,
  commit: string,
  repository: Pick<GitOpsRepository, 'read'>,
): Promise<boolean> {
  try {
    const paths = resolved.environment.update.map(({ file }) => file);
    return heldValue(resolved, await readPaths(repository, commit, paths)) === 'own';
  } catch (error) {
    if (error instanceof Failure && error.kind === 'permanent') return false;
    throw error;
  }
}

/** Whether files hold the same values as those that were inspected, in every scalar of the update. */
export function holdsSameValues({ resolved, changes }: Inspection, files: Files): boolean {
  const other = tryInspect(resolved, files);
  return other !== undefined && valuesOf(other.changes) === valuesOf(changes);
}

function valuesOf(changes: Inspection['changes']): string {
  return JSON.stringify(changes.map(({ file, scalar, from }) => [file, scalar, from]));
}
