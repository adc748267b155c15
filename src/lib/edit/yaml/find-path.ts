import { isMap } from 'yaml';
import { Failure } from '../../model/failure.ts';
import { failureAt } from './editable-file.ts';
import type { EditableFile } from './editable-file.ts';
import { locate, lookup } from './locate.ts';
import { formatPath } from '../../model/value-path.ts';
import type { Path, PathSegment } from '../../model/value-path.ts';
import { isEmpty, rootSlot, scalarText } from './place.ts';
import type { Gap, Slot } from './place.ts';
import { startOf } from './structure.ts';

/**
 * Finds a path in the one document that has it. In a file of several documents a leading `[1]` or `[kind=Deployment]`
 * names the document.
 *
 * @throws Failure `path-ambiguous` where two documents have it; else as `locate` does
 */
export function findPath(file: EditableFile, path: Path): Slot | Gap {
  const [first] = path;
  const picks = file.documents.length > 1 && first !== undefined && first.kind !== 'key';
  const roots = candidates(file, picks ? first : undefined);
  const rest = picks ? path.slice(1) : path;
  const [only] = roots;
  if (picks && rest.length === 0) {
    throw failureAt(
      file,
      'path-not-found',
      `${file.file}: ${formatPath(path)} names a whole document; expected a value in it.`,
    );
  }
  if (!only) {
    throw failureAt(
      file,
      'path-not-found',
      `${file.file} has ${file.documents.length} documents, none of them ${formatPath(path.slice(0, 1))}.`,
    );
  }
  return roots.length === 1 ? locate(file, only, rest) : findInOne(file, roots, rest);
}

function candidates(file: EditableFile, pick: PathSegment | undefined): readonly Slot[] {
  const roots = Array.from({ length: Math.max(1, file.documents.length) }, (_, index) => rootSlot(file, index));
  if (pick?.kind === 'index') return roots.slice(pick.index, pick.index + 1);
  if (pick?.kind === 'member') {
    return roots.filter(({ node }) => isMap(node) && scalarText(lookup(file, node, pick.field)) === pick.value);
  }
  const filled = roots.filter(({ node }) => !isEmpty(node));
  return filled.length > 0 ? filled : roots.slice(0, 1);
}

function findInOne(file: EditableFile, roots: readonly Slot[], path: Path): Slot | Gap {
  const found: Slot[] = [];
  const gaps: Gap[] = [];
  const failures: Failure[] = [];
  for (const root of roots) {
    try {
      const place = locate(file, root, path);
      if (place.kind === 'slot') found.push(place);
      else gaps.push(place);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      failures.push(error);
    }
  }
  const inherited = gaps.filter((gap) => gap.inherited !== null);
  const [match, ...others] = [...found, ...inherited];
  if (match && others.length === 0) return match;
  if (match) throw inSeveralDocuments(file, path, [...found, ...inherited]);
  const [failure] = failures;
  if (failure) throw failure;
  const fewest = Math.min(...gaps.map(({ missing }) => missing.length));
  const nearest = gaps.filter(({ missing }) => missing.length === fewest);
  const [gap] = nearest;
  // If no document has any part of the path, its document is unknown.
  if (gap && nearest.length === 1) return gap;
  throw failureAt(
    file,
    'path-not-found',
    `${file.file} has ${file.documents.length} documents, and none has ${formatPath(path)}. To insert it, name the document, as in [0].${formatPath(path)}.`,
  );
}

function inSeveralDocuments(file: EditableFile, path: Path, places: readonly (Slot | Gap)[]): Failure {
  const containers = places.map((place) => (place.kind === 'slot' ? place : place.container));
  const lines = containers.map(({ pair, node }) => file.position(startOf(pair) ?? startOf(node) ?? 0).line);
  const [first] = containers;
  return failureAt(
    file,
    'path-ambiguous',
    `${file.file}: ${formatPath(path)} is in ${places.length} documents (lines ${lines.join(', ')}); one is meant. Name the document, as in [${first?.document ?? 0}].${formatPath(path)}.`,
    startOf(first?.pair) ?? startOf(first?.node),
  );
}
