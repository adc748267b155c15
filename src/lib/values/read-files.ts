import { chartLockPath } from '../edit/edit.ts';
import type { EditableFile } from '../edit/edit.ts';
import type { GitOpsRepository } from '../git/repository.ts';
import { Failure } from '../model/failure.ts';
import type { OpenedFile, ResolvedUpdate } from './inspect.ts';
import { openInTurn } from './open-in-turn.ts';

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
  return new Map(
    await Promise.all([...contents].map(async ([path, bytes]) => [path, await openInTurn(path, bytes)] as const)),
  );
}

/** The files that could be opened. */
export function openedFiles(files: ReadonlyMap<string, OpenedFile>): Map<string, EditableFile> {
  return new Map(
    [...files].flatMap(([path, file]) => (file && !(file instanceof Failure) ? [[path, file] as const] : [])),
  );
}
