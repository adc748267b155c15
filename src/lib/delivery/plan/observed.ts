import type { EditableFile } from '../../edit/edit.ts';
import type { Outcome } from '../../model/outcome.ts';
import { editWarnings } from '../../values/inspect.ts';
import type { Inspection } from '../../values/inspect.ts';
import { scalarChanges, wholeDiff } from './change-diff.ts';

/** The most characters of a record's list of scalars. */
const maxChanges = 4_000;

/** `delivery: observe`: what the update would have written, and nothing written. */
export function observed(inspection: Inspection, files: ReadonlyMap<string, EditableFile>): Outcome {
  const list = scalarChanges(inspection).join('; ');
  const warnings = editWarnings(inspection);
  return {
    kind: 'observed',
    changes: list.length > maxChanges ? `${list.slice(0, maxChanges)}…` : list,
    diff: wholeDiff(inspection, files),
    ...(warnings.length > 0 && { warnings }),
  };
}
