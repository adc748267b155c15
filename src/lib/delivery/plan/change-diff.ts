import type { EditableFile } from '../../edit/edit.ts';
import { unifiedDiff } from '../../edit/unified-diff.ts';
import type { Inspection } from '../../values/inspect.ts';
import { planCommit } from './plan-commit.ts';

/** The most characters of a record's diff. */
const maxDiff = 20_000;
/** A diff of larger files takes long, and a commit can have a hundred updates. */
const largestText = 64 * 1024;

/** The change of an update as a unified diff; of large files the scalars alone. */
export function changeDiff(inspection: Inspection, files: ReadonlyMap<string, EditableFile>): string {
  const names = new Set(inspection.changes.map(({ file }) => file));
  const size = [...names].reduce((sum, name) => sum + (files.get(name)?.text.length ?? 0), 0);
  if (size <= largestText) return wholeDiff(inspection, files);
  return shorten(
    scalarChanges(inspection)
      .map((line) => `${line}\n`)
      .join(''),
  );
}

export function wholeDiff(inspection: Inspection, files: ReadonlyMap<string, EditableFile>): string {
  const plan = planCommit([inspection], files);
  return shorten(plan.files.map(({ path, before, after }) => unifiedDiff(path, before, after)).join(''));
}

/** `values.yaml image.tag: 1 → 2` */
export function scalarChanges({ changes }: Inspection): readonly string[] {
  const differing = changes.filter(({ from, to }) => from !== to);
  return differing.map(({ file, path, from, to }) => `${file} ${path}: ${from ?? '(none)'} → ${to}`);
}

/** Whole lines, and a last line with the number of the lines that are cut. */
function shorten(diff: string): string {
  if (diff.length <= maxDiff) return diff;
  const kept = diff.slice(0, diff.lastIndexOf('\n', maxDiff) + 1);
  const left = diff.slice(kept.length).split('\n').length - 1;
  return `${kept}# ${left} more lines are left out.\n`;
}
