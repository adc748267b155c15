import { applyChanges, lockChanges } from '../../edit/edit.ts';
import type { EditableFile, ScalarChange } from '../../edit/edit.ts';
import { commitMessage } from './commit-message.ts';
import { newerOf } from './decide.ts';
import type { FileChange, Inspection } from '../../values/inspect.ts';

/** One commit, ready to be pushed. */
export interface CommitPlan {
  readonly message: string;
  readonly files: readonly { readonly path: string; readonly before: string; readonly after: string }[];
  /** The updates that the commit delivers. */
  readonly applied: readonly Inspection[];
  /** Updates that lost a scalar to a newer one of the same commit; true only once that commit has been pushed. */
  readonly superseded: readonly { readonly inspection: Inspection; readonly by: string }[];
}

/** Puts updates into one commit. One commit sets a scalar once: of two updates the newer by policy goes in. */
export function planCommit(inspections: readonly Inspection[], files: ReadonlyMap<string, EditableFile>): CommitPlan {
  const superseded: CommitPlan['superseded'][number][] = [];
  const ownerOfScalar = new Map<string, Inspection>();
  const dropped = new Set<Inspection>();
  const drop = (loser: Inspection, winner: Inspection): void => {
    dropped.add(loser);
    superseded.push({ inspection: loser, by: winner.resolved.update.image.tag });
  };
  for (const inspection of inspections) {
    for (const change of inspection.changes) {
      const scalar = scalarKey(change);
      const owner = ownerOfScalar.get(scalar);
      if (owner === inspection || dropped.has(inspection)) continue;
      if (owner === undefined || dropped.has(owner)) ownerOfScalar.set(scalar, inspection);
      else if (newerOf(owner.resolved, inspection.resolved) === owner.resolved) drop(inspection, owner);
      else {
        drop(owner, inspection);
        ownerOfScalar.set(scalar, inspection);
      }
    }
  }
  const applied = inspections.filter((inspection) => !dropped.has(inspection));
  return { message: commitMessage(applied), files: editedFiles(applied, files), applied, superseded };
}

function editedFiles(applied: readonly Inspection[], files: ReadonlyMap<string, EditableFile>): CommitPlan['files'] {
  const byFile = new Map<string, FileChange[]>();
  for (const change of applied.flatMap(({ changes }) => changes)) {
    const changes = byFile.get(change.file);
    if (changes) changes.push(change);
    else byFile.set(change.file, [change]);
  }
  const planned: CommitPlan['files'][number][] = [];
  for (const [path, changes] of byFile) {
    const file = files.get(path);
    if (!file) continue;
    planned.push(...edited(file, changes));
    const lock = files.get(changes.find((change) => change.lock !== undefined)?.lock ?? '');
    if (lock) planned.push(...edited(lock, lockChanges(lock, file, changes)));
  }
  return planned;
}

function edited(file: EditableFile, changes: readonly ScalarChange[]): CommitPlan['files'] {
  const after = applyChanges(file, changes);
  return after === file.text ? [] : [{ path: file.file, before: file.text, after }];
}

/** Names a scalar across the files of the commit. */
function scalarKey({ file, scalar }: FileChange): string {
  return `${file}\n${scalar}`;
}
