import semver from 'semver';
import { tagPattern } from '../../model/image-reference.ts';
import { isMovingTag } from './moving-tags.ts';
import { searchTag, type FoundTag } from './search-tag.ts';
import { isInRange, outsideRange } from './semver-range.ts';
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
  const found = searchTag(policy, tag);
  if (!found) return refused(`does not match \`tags.match\` ${policy.match ?? ''}`);
  const { text, numbers } = found;
  if (policy.semver !== undefined) {
    const version = semver.parse(text);
    if (!version) return refused(`\`${text}\` is not a semantic version, as \`tags.semver\` ${policy.semver} requires`);
    if (!isInRange(version, policy.semver)) return refused(outsideRange(version, policy.semver));
  }
  if (policy.order === 'semver' && !semver.valid(text)) {
    return refused(`\`${text}\` is not a semantic version, as \`tags.order: semver\` requires`);
  }
  if (policy.order === 'numeric' && !areNumbers(numbers)) {
    const wrong = numbers.find((number) => number !== undefined && !isNumber(number)) ?? '';
    return refused(`\`${wrong}\` is not a whole number, as \`tags.order: numeric\` requires`);
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
  const [first, second] = [orderable(policy, a.tag), orderable(policy, b.tag)];
  if (first === undefined || second === undefined) return undefined;
  return compareRead(policy, first, second) || compareRest(first.rest, second.rest);
}

/**
 * Compares two tags by the part that `match` and `order` read; 0 if they differ elsewhere only. For checks of a policy;
 * deliveries use `compareTags`.
 */
export function compareReadParts(policy: TagPolicy, a: string, b: string): number | undefined {
  const [first, second] = [orderable(policy, a), orderable(policy, b)];
  return first === undefined || second === undefined ? undefined : compareRead(policy, first, second);
}

function compareRead({ order }: TagPolicy, a: FoundTag, b: FoundTag): number {
  if (order === 'semver') return semver.compare(a.text, b.text);
  if (order === 'numeric') return compareInTurn(a.numbers, b.numbers);
  return Number(a.text > b.text) - Number(a.text < b.text);
}

/** The parts of a tag that the order compares; `tags.semver` is not applied. */
function orderable(policy: TagPolicy, tag: string): FoundTag | undefined {
  const found = searchTag(policy, tag);
  if (!found || tag === '' || (isMovingTag(tag) && !policy.allowMovingTags)) return undefined;
  if (policy.order === 'semver') {
    const version = semver.parse(found.text)?.version;
    return version === undefined ? undefined : { ...found, text: version };
  }
  if (policy.order === 'numeric') return areNumbers(found.numbers) ? found : undefined;
  return { text: tag, numbers: [] };
}

/** Numbers of any length; a group that did not take part is lower than any number. */
function compareInTurn(a: FoundTag['numbers'], b: FoundTag['numbers']): number {
  for (const [index, first] of a.entries()) {
    const second = b[index];
    if (first === undefined && second === undefined) continue;
    if (first === undefined || second === undefined) return first === undefined ? -1 : 1;
    const order = compareNumbers(first, second);
    if (order !== 0) return order;
  }
  return 0;
}

/**
 * Compares the numbers outside of the compared groups: `20261127.9` and `20261127.10` for `^(\d{8})`. Ends at other
 * differences. Digits before a letter are part of a commit id.
 */
function compareRest(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return 0;
  const [first, second] = [splitNumbers(a), splitNumbers(b)];
  for (const [index, part] of first.entries()) {
    const other = second[index];
    if (part === other) continue;
    if (other === undefined || !isNumber(part) || !isNumber(other)) return 0;
    if ([first, second].some((parts) => /^[a-z]/i.test(parts[index + 1] ?? ''))) return 0;
    const order = compareNumbers(part, other);
    if (order !== 0) return order;
  }
  return 0;
}

function splitNumbers(text: string): readonly string[] {
  return text.match(/\d+|\D+/g) ?? [];
}

function areNumbers(numbers: FoundTag['numbers']): boolean {
  const found = numbers.filter((number) => number !== undefined);
  return found.length > 0 && found.every(isNumber);
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
