import type { EditableFile } from '../../edit/edit.ts';
import { unifiedDiff } from '../../edit/unified-diff.ts';
import type { Outcome } from '../../model/outcome.ts';
import { editWarnings } from '../../values/inspect.ts';
import type { Inspection } from '../../values/inspect.ts';
import { planCommit } from './plan-commit.ts';

/** The most characters of a record's diff and of its list of scalars. */
const maxDiff = 20_000;
const maxChanges = 4_000;

/** `delivery: observe`: what the update would have written, and nothing written. */
export function observed(inspection: Inspection, files: ReadonlyMap<string, EditableFile>): Outcome {
  const differing = inspection.changes.filter(({ from, to }) => from !== to);
  const changes = differing.map(({ file, path, from, to }) => `${file} ${path}: ${from ?? '(none)'} → ${to}`);
  const diffs = planCommit([inspection], files).files.map(({ path, before, after }) =>
    unifiedDiff(path, before, after),
  );
  const list = changes.join('; ');
  const warnings = editWarnings(inspection);
  return {
    kind: 'observed',
    changes: list.length > maxChanges ? `${list.slice(0, maxChanges)}…` : list,
    diff: shorten(diffs.join('')),
    ...(warnings.length > 0 && { warnings }),
  };
}

/** Whole lines, and a last line with the number of the lines that are cut. */
function shorten(diff: string): string {
  if (diff.length <= maxDiff) return diff;
  const kept = diff.slice(0, diff.lastIndexOf('\n', maxDiff) + 1);
  const left = diff.slice(kept.length).split('\n').length - 1;
  return `${kept}# ${left} more lines are left out.\n`;
}
