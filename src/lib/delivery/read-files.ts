import { decode } from '../edit/yaml/decode.ts';
import { chartLockPath, openFile } from '../edit/edit.ts';
import type { EditableFile } from '../edit/edit.ts';
import { Failure } from '../model/failure.ts';
import type { GitOpsRepository } from '../git/repository.ts';
import type { OpenedFile, ResolvedUpdate } from '../values/inspect.ts';

/** The files that a group of updates edits, at a commit. */
export async function readFiles(
  repository: Pick<GitOpsRepository, 'read'>,
  commit: string,
  group: readonly Pick<ResolvedUpdate, 'environment'>[],
): Promise<Map<string, OpenedFile>> {
  const steps = group.flatMap(({ environment }) => environment.update);
  const paths = new Set(steps.flatMap(({ kind, file }) => (kind === 'chart' ? [file, chartLockPath(file)] : [file])));
  const contents = await repository.read(commit, [...paths]);
  return new Map([...contents].map(([path, bytes]) => [path, tryOpen(path, bytes)]));
}

/** A file that cannot be opened fails the updates that need it, not the others of the group. */
export function tryOpen(path: string, bytes: Uint8Array): EditableFile | Failure {
  try {
    return openFile(path, decode(path, bytes));
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

export function openedFiles(files: ReadonlyMap<string, OpenedFile>): Map<string, EditableFile> {
  return new Map(
    [...files].flatMap(([path, file]) => (file === undefined || file instanceof Failure ? [] : [[path, file]])),
  );
}
