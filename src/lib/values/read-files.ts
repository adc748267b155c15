import { chartLockPath, decode, openFile } from '../edit/edit.ts';
import type { EditableFile } from '../edit/edit.ts';
import type { GitOpsRepository } from '../git/repository.ts';
import { Failure } from '../model/failure.ts';
import type { OpenedFile, ResolvedUpdate } from './inspect.ts';

/** The files of a commit that updates edit: those of their routes, and the `Chart.lock` beside a `Chart.yaml`. */
export function readFiles(
  repository: Pick<GitOpsRepository, 'read'>,
  commit: string,
  group: readonly Pick<ResolvedUpdate, 'environment'>[],
): Promise<Map<string, OpenedFile>> {
  const steps = group.flatMap(({ environment }) => environment.update);
  const paths = steps.flatMap(({ kind, file }) => (kind === 'chart' ? [file, chartLockPath(file)] : [file]));
  return readPaths(repository, commit, paths);
}

/** The files of a commit at the paths, opened. A path without a file is absent. */
export async function readPaths(
  repository: Pick<GitOpsRepository, 'read'>,
  commit: string,
  paths: readonly string[],
): Promise<Map<string, OpenedFile>> {
  const contents = await repository.read(commit, [...new Set(paths)]);
  return new Map([...contents].map(([path, bytes]) => [path, tryOpen(path, bytes)]));
}

/** Opens a file. A file that cannot be opened fails the updates that need it, and no other of their group. */
export function tryOpen(path: string, bytes: Uint8Array): EditableFile | Failure {
  try {
    return openFile(path, decode(path, bytes));
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

/** The files that could be opened. */
export function openedFiles(files: ReadonlyMap<string, OpenedFile>): Map<string, EditableFile> {
  return new Map(
    [...files].flatMap(([path, file]) => (file && !(file instanceof Failure) ? [[path, file] as const] : [])),
  );
}
