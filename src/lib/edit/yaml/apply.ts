import { Failure } from '../../model/failure.ts';
import type { ScalarChange } from './change.ts';
import type { EditableFile } from './editable-file.ts';
import { insertSplices } from './insert.ts';
import { missingTree } from './missing.ts';
import { formatPath } from '../../model/value-path.ts';
import { applySplices } from './splice.ts';
import type { Splice } from './splice.ts';

/**
 * Applies changes, of any number of updates, to the file that they were found in, in one pass. A change with `from === to`
 * keeps its bytes.
 *
 * @throws Failure `changes-conflict` where two changes set one scalar to different values
 */
export function applyChanges(file: EditableFile, changes: readonly ScalarChange[]): string {
  const wanted = distinct(file, changes);
  const splices: Splice[] = [];
  const gaps = new Map<string, ScalarChange[]>();
  for (const change of wanted) {
    if (change.edit.kind === 'splice') splices.push(change.edit.splice);
    if (change.edit.kind === 'insert') {
      const { container } = change.edit.gap;
      const key = `${container.document}:${formatPath(container.path)}`;
      gaps.set(key, [...(gaps.get(key) ?? []), change]);
    }
  }
  for (const group of gaps.values()) splices.push(...insertGroup(file, group));
  return splices.length === 0 ? file.text : applySplices(file.text, splices);
}

function insertGroup(file: EditableFile, group: readonly ScalarChange[]): readonly Splice[] {
  const gaps = group.flatMap(({ edit, to }) => (edit.kind === 'insert' ? [{ gap: edit.gap, value: to }] : []));
  const container = gaps[0]?.gap.container;
  if (!container) return [];
  return insertSplices(file, container, missingTree(gaps.map(({ gap: { missing }, value }) => ({ missing, value }))));
}

function distinct({ file }: EditableFile, changes: readonly ScalarChange[]): Iterable<ScalarChange> {
  const byScalar = new Map<string, ScalarChange>();
  for (const change of changes) {
    const other = byScalar.get(change.scalar);
    if (other && other.to !== change.to) {
      const values = `${JSON.stringify(other.to)} and ${JSON.stringify(change.to)}`;
      throw new Failure(
        'changes-conflict',
        `${file}: two updates set ${change.path} to different values, ${values}. Each scalar may be set by one update only.`,
        {
          place: { file, line: change.line, column: change.column },
        },
      );
    }
    byScalar.set(change.scalar, change);
  }
  return byScalar.values();
}
