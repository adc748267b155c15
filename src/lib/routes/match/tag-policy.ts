import semver from 'semver';
import { tagPattern } from '../../model/image-reference.ts';
import { isMovingTag } from './moving-tags.ts';
import { compileRegex } from './regex.ts';
import type { TagPolicy } from '../route.ts';

export type TagVerdict =
  | { readonly taken: true }
  | { readonly taken: false; /** Which rule refused it. */ readonly reason: string };

export interface DatedTag {
  readonly tag: string;
  /** When the tag was pushed, by the registry; the order `newest` reads it. */
  readonly pushedAt?: Date;
}

/** Whether an environment takes a tag. A chart's `_` is `+` already. */
export function takesTag(policy: TagPolicy, tag: string): TagVerdict {
  if (!tagPattern.test(tag.replaceAll('+', '_'))) return refused('is no tag by the grammar of image references');
  if (isMovingTag(tag) && !policy.allowMovingTags) {
    return refused(`\`${tag}\` moves from image to image; \`allowMovingTags: true\` and a digest would take it`);
  }
  const found = search(policy, tag);
  if (!found.matches) return refused(`does not match \`tags.match\` ${policy.match ?? ''}`);
  if (policy.semver !== undefined) {
    const version = semver.parse(found.text);
    if (!version)
      return refused(`\`${found.text}\` is no semantic version, which \`tags.semver\` ${policy.semver} asks for`);
    if (!semver.satisfies(version, policy.semver))
      return refused(`${version.version} is outside \`tags.semver\` ${policy.semver}`);
  }
  if (policy.order === 'semver' && !semver.valid(found.text)) {
    return refused(`\`${found.text}\` is no semantic version, which \`tags.order: semver\` asks for`);
  }
  if (policy.order === 'numeric' && !isNumber(found.text)) {
    return refused(`\`${found.text}\` is no whole number, which \`tags.order: numeric\` asks for`);
  }
  return { taken: true };
}

/**
 * Which of two tags is newer. More than 0: `a` is; less than 0: `b` is; 0: they are equal by the order (the same
 * version with other build metadata); `undefined`: the policy cannot order one of them. A tag that stands in a file and
 * cannot be ordered counts as older: the caller decides.
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

/** The part of a tag that the order compares; a range that the tag is outside of does not matter to it. */
function orderable(policy: TagPolicy, tag: string): string | undefined {
  const found = search(policy, tag);
  if (!found.matches || (isMovingTag(tag) && !policy.allowMovingTags)) return undefined;
  if (policy.order === 'semver') return semver.parse(found.text)?.version;
  if (policy.order === 'numeric') return isNumber(found.text) ? found.text : undefined;
  return tag === '' ? undefined : tag;
}

/** Searches the tag; `text` is the first group where the expression has one, else the whole tag. */
function search({ match }: TagPolicy, tag: string): { readonly matches: boolean; readonly text: string } {
  if (match === undefined) return { matches: true, text: tag };
  const regex = compileRegex(match);
  if (typeof regex === 'string') throw new Error(`the policy was never checked: ${match} ${regex}`);
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
