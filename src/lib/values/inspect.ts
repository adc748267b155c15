import type { KnownBuild } from '../model/image-origin.ts';
import { chartLockPath, findChanges, isMissingFromCapture, lockChanges, placesLeft } from '../edit/edit.ts';
import type { EditableFile, ScalarChange } from '../edit/edit.ts';
import type { PromotedFrom } from '../model/promoted-from.ts';
import type { FileEdit } from '../model/file-edit.ts';
import { Failure } from '../model/failure.ts';
import type { Environment } from '../routes/route.ts';
import type { TaggedImage, TagUpdate } from '../model/tag-update.ts';

/** A tag update with the environment it is for, as the routes of the moment have it. */
export interface ResolvedUpdate {
  readonly update: TagUpdate;
  readonly environment: Environment;
  /** It may have killed its worker: it is planned alone, so that no other is lost with it. */
  readonly isSuspect?: boolean;
  /** A window or freeze held it back before. */
  readonly isReleased?: boolean;
  /** The registry has confirmed that this is the current digest of the tag. */
  readonly isCurrent?: boolean;
  /** A promotion: every source whose files have a digest holds exactly this image. */
  readonly isAtSources?: boolean;
  /** A promotion: where it comes from. */
  readonly promotedFrom?: readonly PromotedFrom[];
  /** The build behind the image, where one is known. */
  readonly build?: KnownBuild;
  /** URL of the repository that the image was built from, by its build or its own labels. */
  readonly builtFrom?: string;
}

/** One scalar of one file. */
export interface FileChange extends ScalarChange {
  readonly file: string;
  /** The `Chart.lock` that follows. */
  readonly lock?: string;
}

/** The changes of an update, and the current values. */
export interface Inspection {
  readonly resolved: ResolvedUpdate;
  readonly changes: readonly FileChange[];
  /** The tags that the files hold now, each once. */
  readonly currentTags: readonly string[];
}

/** A file of the tip: opened, absent, or not to be opened. */
export type OpenedFile = EditableFile | Failure | undefined;

/**
 * Finds the scalars of an update in the files of the tip.
 *
 * @returns `'ignored'` where a pattern route meets a file that does not exist, or that has nothing for what was captured
 * @throws {Failure} what the editor found wrong, with file, line and column
 */
export function inspect(resolved: ResolvedUpdate, files: ReadonlyMap<string, OpenedFile>): Inspection | 'ignored' {
  const { update, environment } = resolved;
  const changes: FileChange[] = [];
  for (const step of environment.update) {
    const file = files.get(step.file);
    if (file instanceof Failure) throw file;
    if (file === undefined) {
      if (environment.missing === 'ignore') return 'ignored';
      throw new Failure('file-not-found', `${step.file} does not exist. Create it, or correct \`file\` in the route.`, {
        place: {
          route: update.route,
          environment: environment.name,
          repository: environment.repository,
          file: step.file,
        },
      });
    }
    try {
      changes.push(...changesOf(step, file, files, update.image));
    } catch (error) {
      if (environment.missing === 'ignore' && isMissingFromCapture(error)) return 'ignored';
      if (isChartOfNoSource(step, error)) return 'ignored';
      throw error;
    }
  }
  const warned = withPlacesLeft(changes, environment.update, files, update.image);
  const currentTags = new Set(changes.flatMap(({ currentTag }) => currentTag ?? []));
  return { resolved, changes: warned, currentTags: [...currentTags] };
}

/** Each file's first change warns of the places that no update of the environment sets. */
function withPlacesLeft(
  changes: readonly FileChange[],
  steps: readonly FileEdit[],
  files: ReadonlyMap<string, OpenedFile>,
  image: TaggedImage,
): readonly FileChange[] {
  const warnings = new Map<FileChange, string>();
  for (const step of steps) {
    const file = files.get(step.file);
    const own = changes.filter((change) => change.file === step.file);
    const first = own.find(({ from, to }) => from !== to);
    if (!first || !file || file instanceof Failure) continue;
    const warning = placesLeft(file, step, own, image);
    if (warning !== undefined) warnings.set(first, warning);
  }
  return changes.map((change) => {
    const warning = warnings.get(change);
    return warning === undefined ? change : Object.assign({}, change, { warnings: [...change.warnings, warning] });
  });
}

/** A chart was pushed to a repository that the sources of an Application use as an image, or not at all. */
function isChartOfNoSource(step: FileEdit, error: unknown): boolean {
  const isChart = step.kind === 'application' && step.artifact === 'chart';
  return isChart && error instanceof Failure && error.code === 'image-not-found';
}

/** At most so many warnings of an update are kept; a file can have thousands of aliases. */
const maxWarnings = 20;

/** The warnings of an edit, each once: side effects that a person should check. */
export function editWarnings({ changes }: Inspection): readonly string[] {
  return [...new Set(changes.flatMap(({ warnings }) => warnings))].slice(0, maxWarnings);
}

function changesOf(
  step: FileEdit,
  file: EditableFile,
  files: ReadonlyMap<string, OpenedFile>,
  image: TaggedImage,
): FileChange[] {
  const changes = findChanges(file, step, image);
  const lock = step.kind === 'chart' ? files.get(chartLockPath(step.file)) : undefined;
  if (lock instanceof Failure) throw lock;
  // A lock that cannot follow fails this update, and not the commit that it would be part of.
  if (lock) lockChanges(lock, file, changes);
  const where = { file: step.file, ...(lock && { lock: lock.file }) };
  return changes.map((change) => Object.assign({}, change, where));
}

/** Whether the files hold what the update would set. */
export function isUpToDate({ changes }: Inspection): boolean {
  return changes.every(({ from, to }) => from === to);
}
