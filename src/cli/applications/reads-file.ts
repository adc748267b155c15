import type { ApplicationSource, RunningApplication } from './application.ts';
import { isDeployed } from './find-in-folder.ts';
import { toolOf } from './find-place.ts';
import { allKustomizationFiles } from './kustomization-files.ts';
import type { Checkouts } from './place.ts';

/** A file of a branch; `branch` is the default branch where it is unset. */
export interface BranchFile {
  readonly key: string;
  readonly branch?: string | undefined;
  readonly file: string;
}

/** The source of an application that deploys a file. */
export function sourceReading(
  { sources }: RunningApplication,
  wanted: BranchFile,
  checkouts: Checkouts,
): ApplicationSource | undefined {
  return sources.find((source) => readsFile(source, wanted, checkouts));
}

function readsFile(source: ApplicationSource, wanted: BranchFile, checkouts: Checkouts): boolean {
  const { file } = wanted;
  const isOverride = [...source.helm.parameters, ...source.kustomizeImages].some(
    ({ override }) => override?.file === file,
  );
  if (isOverride && isBranch(source.repository, wanted)) return true;
  const namesFile = source.helm.valueFiles.some(({ at }) => at?.file === file && isBranch(at.repository, wanted));
  if (namesFile) return true;
  if (!isBranch(source.repository, wanted) || source.chart !== undefined) return false;
  const { folder } = source;
  const isBelow = folder === '' || file.startsWith(`${folder}/`);
  const tool = toolOf(source, checkouts);
  switch (tool) {
    case 'helm': {
      const name = file.slice(folder === '' ? 0 : folder.length + 1);
      return isBelow && /^(?:values\.yaml|Chart\.yaml|\.argocd-source[^/]*\.yaml|(?:templates|charts)\/.*)$/.test(name);
    }
    case 'kustomize': {
      const checkout = checkouts.of(source.repository);
      return checkout ? allKustomizationFiles(checkout, folder).some(({ path }) => path === file) : isBelow;
    }
    case 'directory':
      return isDeployed(file, source);
    case 'plugin':
    case 'unknown':
      return isBelow;
    case 'values-only':
      return false;
    default:
      return tool satisfies never;
  }
}

/** A branch that only one side names may be the default branch. */
function isBranch(repository: ApplicationSource['repository'], { key, branch }: BranchFile): boolean {
  if (repository.key !== key || repository.pinned !== undefined) return false;
  return repository.branch === undefined || branch === undefined || repository.branch === branch;
}
