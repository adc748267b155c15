import type { PathSegment } from '../../lib/model/value-path.ts';
import { at, textAt } from './values.ts';

/** The value one step below a map or a list. */
export function stepInto(value: unknown, segment: PathSegment): unknown {
  if (segment.kind === 'key') return at(value, segment.key);
  if (!Array.isArray(value)) return undefined;
  return segment.kind === 'index'
    ? value[segment.index]
    : value.find((item) => textAt(item, segment.field) === segment.value);
}
