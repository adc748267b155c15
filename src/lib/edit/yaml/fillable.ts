import { isMap } from 'yaml';
import type { EditableFile } from './editable-file.ts';
import { pathNotFound } from './locate.ts';
import type { Gap, Slot } from './place.ts';

/**
 * Accepts a place that exists, comes from a merge key, or may be inserted.
 *
 * @throws Failure `path-not-found` with the nearest existing place
 */
export function fillable(file: EditableFile, place: Slot | Gap, create: boolean): Slot | Gap {
  if (place.kind === 'slot' || place.inherited !== null) return place;
  const unnamed = place.missing.some(({ kind }) => kind === 'index');
  // `[a: b]`: a map without braces has room for one pair only.
  const { node } = place.container;
  const closed = isMap(node) && node.flow === true && file.text[node.range?.[0] ?? 0] !== '{';
  if (create && !unnamed && !closed) return place;
  const advice = create
    ? 'A list item can only be inserted by name, as in [name=api].'
    : 'Correct the path in the route, or set `create: true` to insert it.';
  throw pathNotFound(file, place, advice);
}
