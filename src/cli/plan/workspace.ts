import { applyChanges, chartLockPath, decode, lockChanges, openFile } from '../../lib/edit/edit.ts';
import type { EditableFile } from '../../lib/edit/edit.ts';
import { Failure } from '../../lib/model/failure.ts';
import type { Environment } from '../../lib/routes/route.ts';
import type { FileChange, OpenedFile } from '../../lib/values/inspect.ts';
import { readCheckoutFile } from './checkouts.ts';

export interface PlannedFile {
  readonly directory: string;
  readonly file: string;
  readonly before: string;
  readonly after: string;
}

/** The files of the checkouts, each read and parsed once, and the changes that are wanted in them. */
export class Workspace {
  readonly #opened = new Map<string, Map<string, OpenedFile>>();
  readonly #changes = new Map<string, Map<string, FileChange[]>>();

  async open(directory: string, { update }: Environment): Promise<ReadonlyMap<string, OpenedFile>> {
    const files = this.#opened.get(directory) ?? new Map<string, OpenedFile>();
    this.#opened.set(directory, files);
    for (const path of update.flatMap(({ kind, file }) => (kind === 'chart' ? [file, chartLockPath(file)] : [file]))) {
      if (!files.has(path)) files.set(path, await openCheckoutFile(directory, path));
    }
    return files;
  }

  change(directory: string, change: FileChange): void {
    const files = this.#changes.get(directory) ?? new Map<string, FileChange[]>();
    this.#changes.set(directory, files);
    const changes = files.get(change.file);
    if (changes) changes.push(change);
    else files.set(change.file, [change]);
  }

  /** The changes of each `Chart.lock` beside the changed charts. */
  lockChanges(directory: string, changes: readonly FileChange[]): readonly FileChange[] {
    const charts = new Map(changes.flatMap(({ file, lock }) => (lock === undefined ? [] : [[file, lock] as const])));
    return [...charts].flatMap(([chartPath, lockPath]) => {
      const [chart, lock] = [this.#file(directory, chartPath), this.#file(directory, lockPath)];
      const all = this.#changes.get(directory)?.get(chartPath) ?? [];
      return chart && lock
        ? lockChanges(lock, chart, all).map((change) => Object.assign({}, change, { file: lockPath }))
        : [];
    });
  }

  files(): readonly PlannedFile[] {
    const planned: PlannedFile[] = [];
    for (const [directory, files] of this.#changes) {
      for (const [path, changes] of files) {
        planned.push(...this.#planned(directory, path, changes));
        planned.push(...this.#planned(directory, chartLockPath(path), this.lockChanges(directory, changes)));
      }
    }
    return planned;
  }

  #planned(directory: string, path: string, changes: readonly FileChange[]): readonly PlannedFile[] {
    const file = this.#file(directory, path);
    const after = file && applyChanges(file, changes);
    return file && after !== undefined && after !== file.text
      ? [{ directory, file: path, before: file.text, after }]
      : [];
  }

  #file(directory: string, path: string): EditableFile | undefined {
    const file = this.#opened.get(directory)?.get(path);
    return file instanceof Failure ? undefined : file;
  }
}

async function openCheckoutFile(directory: string, file: string): Promise<OpenedFile> {
  try {
    const bytes = await readCheckoutFile(directory, file);
    return bytes && openFile(file, decode(file, bytes));
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}
