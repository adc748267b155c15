import { parsePath, type Path, type PathSegment } from '../../model/value-path.ts';
import { Failure } from '../../model/failure.ts';
import { expandPlaceholders, placeholdersIn, type Fault, type PlaceholderValues } from '../read/placeholders.ts';

/** Parses a dotted path and expands its placeholders; the value of a placeholder stays within one key. */
export function expandPath(text: string, words: PlaceholderValues, captures: ReadonlySet<string>): Path | Fault {
  const path = readPath(text);
  if ('code' in path) return path;
  const segments: PathSegment[] = [];
  for (const segment of path) {
    if (segment.kind === 'index') {
      segments.push(segment);
      continue;
    }
    const written = segment.kind === 'key' ? segment.key : segment.value;
    const expanded = expandPlaceholders(written, words);
    if (typeof expanded !== 'string') return expanded;
    const captured = placeholdersIn(written).some((word) => captures.has(word)) ? { captured: true } : {};
    segments.push(
      segment.kind === 'key'
        ? { kind: 'key', key: expanded, ...captured }
        : { kind: 'member', field: segment.field, value: expanded, ...captured },
    );
  }
  return segments;
}

function readPath(text: string): Path | Fault {
  try {
    return parsePath(text);
  } catch (error) {
    if (error instanceof Failure) return { code: 'path-invalid', message: `is not a dotted path: ${error.message}` };
    throw error;
  }
}
