import { partsOf } from './regex-parts.ts';
import { compileRegex } from './regex.ts';
import type { TagPolicy } from '../route.ts';

/** The parts of a tag that a policy compares. */
export interface FoundTag {
  /** The first group of `match`, else the whole tag: the text that `semver` reads. */
  readonly text: string;
  /** The texts that `order: numeric` compares in turn; `undefined` for a group that did not take part. */
  readonly numbers: readonly (string | undefined)[];
  /** The tag with `\0` for the compared groups, if the order ignores numbers outside of them. */
  readonly rest?: string;
}

/** Searches a tag for `match`; `undefined` if it does not match. */
export function searchTag({ match, order }: Pick<TagPolicy, 'match' | 'order'>, tag: string): FoundTag | undefined {
  if (match === undefined) return { text: tag, numbers: [tag] };
  const regex = compileRegex(match);
  if (typeof regex === 'string') throw new Error(`unchecked policy: ${match} ${regex}`);
  const matcher = regex.matcher(tag);
  if (!matcher.find()) return undefined;
  const count = regex.groupCount();
  if (count === 0) return { text: tag, numbers: [tag] };
  const numbers = Array.from({ length: count }, (_, index) => matcher.group(index + 1) ?? undefined);
  const text = numbers[0] ?? '';
  const compared = order === 'numeric' ? count : order === 'semver' ? 1 : 0;
  if (compared === 0 || !hasNumbersOutside(match, compared)) return { text, numbers };
  const spans = Array.from(
    { length: compared },
    (_, index) => [matcher.start(index + 1), matcher.end(index + 1)] as const,
  );
  return { text, numbers, rest: withoutSpans(tag, spans) };
}

/**
 * Whether a tag can have a number outside of the first `compared` groups. Commit ids (`[0-9a-f]+`) are not numbers, nor is
 * any text before the groups, as in `^.*-(\d+)$`.
 */
function hasNumbersOutside(match: string, compared: number): boolean {
  const regex = compileRegex(match);
  const found = typeof regex === 'string' ? undefined : partsOf(regex);
  if (!found) return false;
  if (found.isOpenAfter) return true;
  return found.parts.some(({ groups, isWide, isAfterGroup, matches }) => {
    const isCompared = [...groups].some((group) => group <= compared);
    return !isCompared && matches('1') && matches('2') && (isWide ? isAfterGroup : !matches('a'));
  });
}

function withoutSpans(tag: string, spans: readonly (readonly [number, number])[]): string {
  let rest = '';
  let at = 0;
  for (const [start, end] of spans) {
    // A group that did not take part, or that is within the one before it, adds nothing.
    if (start < at) continue;
    rest += `${tag.slice(at, start)}\0`;
    at = end;
  }
  return rest + tag.slice(at);
}
