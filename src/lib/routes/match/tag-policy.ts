import semver from 'semver';
import { tagPattern } from '../../model/image-reference.ts';
import { isMovingTag } from './moving-tags.ts';
import { compileRegex } from './regex.ts';
import type { TagPolicy } from '../route.ts';

export type TagVerdict =
  | { readonly taken: true }
  | { readonly taken: false; /** The rule that refused it. */ readonly reason: string };

export interface DatedTag {
  readonly tag: string;
  /** Push time by the registry, compared by the order `newest`. */
  readonly pushedAt?: Date;
}

/** Whether an environment accepts a tag. The `_` of a chart's tag must be replaced by `+` before. */
export function takesTag(policy: TagPolicy, tag: string): TagVerdict {
  if (!tagPattern.test(tag.replaceAll('+', '_'))) return refused('is not a valid image tag');
  if (isMovingTag(tag) && !policy.allowMovingTags) {
    return refused(`\`${tag}\` is a moving tag; \`allowMovingTags: true\` and a digest accept it`);
  }
  const found = search(policy, tag);
  if (!found.matches) return refused(`does not match \`tags.match\` ${policy.match ?? ''}`);
  if (policy.semver !== undefined) {
    const version = semver.parse(found.text);
    if (!version)
      return refused(`\`${found.text}\` is not a semantic version, as \`tags.semver\` ${policy.semver} requires`);
    if (!semver.satisfies(version, policy.semver))
      return refused(`${version.version} is outside \`tags.semver\` ${policy.semver}`);
  }
  if (policy.order === 'semver' && !semver.valid(found.text)) {
    return refused(`\`${found.text}\` is not a semantic version, as \`tags.order: semver\` requires`);
  }
  if (policy.order === 'numeric' && !isNumber(found.text)) {
    return refused(`\`${found.text}\` is not a whole number, as \`tags.order: numeric\` requires`);
  }
  return { taken: true };
}

/**
 * Compares two tags. Positive: `a` is newer; negative: `b` is newer; 0: equal in the order (for example versions that
 * differ in build metadata); `undefined`: the policy cannot order one of them, and the caller decides.
 */
export function compareTags(policy: TagPolicy, a: DatedTag, b: DatedTag): number | undefined {
  if (policy.order === 'newest') {
    if (a.tag === b.tag && (!a.pushedAt || !b.pushedAt)) return 0;
    const [first, second] = [a.pushedAt?.getTime(), b.pushedAt?.getTime()];
    if (first === undefined || second === undefined || Number.isNaN(first) || Number.isNaN(second)) return undefined;
    return Math.sign(first - second);
  }
  const first = orderable(policy, a.tag);
  const second = orderable(policy, b.tag);
  if (first === undefined || second === undefined) return undefined;
  if (policy.order === 'semver') return semver.compare(first, second);
  if (policy.order === 'numeric') return compareNumbers(first, second);
  return Number(first > second) - Number(first < second);
}

/** The part of a tag that the order compares; `tags.semver` is not applied. */
function orderable(policy: TagPolicy, tag: string): string | undefined {
  const found = search(policy, tag);
  if (!found.matches || (isMovingTag(tag) && !policy.allowMovingTags)) return undefined;
  if (policy.order === 'semver') return semver.parse(found.text)?.version;
  if (policy.order === 'numeric') return isNumber(found.text) ? found.text : undefined;
  return tag === '' ? undefined : tag;
}

/** Searches the tag; `text` is the first group of the expression, else the whole tag. */
function search({ match }: TagPolicy, tag: string): { readonly matches: boolean; readonly text: string } {
  if (match === undefined) return { matches: true, text: tag };
  const regex = compileRegex(match);
  if (typeof regex === 'string') throw new Error(`unchecked policy: ${match} ${regex}`);
  const matcher = regex.matcher(tag);
  if (!matcher.find()) return { matches: false, text: '' };
  return { matches: true, text: regex.groupCount() > 0 ? (matcher.group(1) ?? '') : tag };
}

function isNumber(text: string): boolean {
  return /^\d+$/.test(text);
}

/** Compares digits of any length. */
function compareNumbers(a: string, b: string): number {
  const [first, second] = [BigInt(a), BigInt(b)];
  return Number(first > second) - Number(first < second);
}

function refused(reason: string): TagVerdict {
  return { taken: false, reason };
}
