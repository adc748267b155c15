import { toEntryName } from '../store/tree.ts';
import { invalidArgument } from '../server/service-error.ts';

/** Code points that HFS+ ignores in names, so that `.g\u200cit` is `.git` there; `git fsck` refuses them too. */
const ignoredByHfs = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;

/**
 * The entry names of an item's path (`/apps/values.yaml`; the root is `/`). Throws a `ServiceError` for what Git would
 * not check out: `..`, `.`, empty segments, `.git` in any disguise.
 */
export function parseItemPath(path: string, parameter = 'path'): string[] {
  const segments = path.replace(/^\//, '').replace(/\/$/, '').split('/');
  if (segments.length === 1 && segments[0] === '') return [];
  const wrong = segments.find((segment) => !isPathSegment(segment));
  if (wrong === undefined) return segments.map(toEntryName);
  throw invalidArgument(`TF401030: The path '${path}' specified is not valid: '${wrong}' cannot be a name.`, parameter);
}

function isPathSegment(segment: string): boolean {
  if (segment === '' || segment === '.' || segment === '..' || /[\0\\\n\r]/.test(segment)) return false;
  const plain = segment.replaceAll(ignoredByHfs, '').toLowerCase();
  return !/^(?:\.git|git~1)[. ]*(?::.*)?$/.test(plain);
}
