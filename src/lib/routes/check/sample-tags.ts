import { partsOf, type RegexPart } from '../match/regex-parts.ts';
import { compileRegex } from '../match/regex.ts';

/** A tag that an expression matches. */
export interface SampleTag {
  readonly tag: string;
  /** Whether it leads through a place such as `.+`, which leaves the choice to the order. */
  readonly isWide: boolean;
}

const chars = ['0', '1', '9', 'a', 'z', '.', '-'];
const repeated = ['10', '99', '.9', '.10', '-9', '-10'];
const maxParts = 300;

/** Tags that an expression matches: for each place in it, short tags that vary there. */
export function sampleTags(match: string | undefined): readonly SampleTag[] {
  const regex = compileRegex(match ?? '^.*$');
  if (typeof regex === 'string') return [];
  const { parts = [] } = partsOf(regex) ?? {};
  const samples = new Map<string, SampleTag>();
  for (const part of parts.slice(0, maxParts)) {
    for (const text of textsOf(part, regex.groupCount() > 0)) {
      const tag = `${part.before}${text}${part.after}`;
      if (regex.matcher(tag).find()) samples.set(tag, { tag, isWide: part.isWide || part.isBesideWide });
    }
  }
  return [...samples.values()];
}

function textsOf({ matches, repeats, isWide, isAfterGroup, groups }: RegexPart, hasGroups: boolean): readonly string[] {
  // Digits of a commit id (`[0-9a-f]+`) are not numbers, nor are those in any text before the groups (`^.*-(\d+)$`).
  const isTextBefore = hasGroups && isWide && !isAfterGroup && groups.size === 0;
  const isOfId = isTextBefore || (matches('a') && matches('1') && !matches('.'));
  const texts = isOfId ? ['a', 'f'] : repeats ? [...chars, ...repeated] : chars;
  const fitting = texts.filter((text) => Array.from(text).every(matches));
  if (fitting.length > 0) return fitting;
  // A literal, or a class without any of the characters above.
  return Array.from('bcdefghijklmnopqrstuvwxyABCDEFGHIJKLMNOPQRSTUVWXYZ2345678_+').filter(matches).slice(0, 2);
}
