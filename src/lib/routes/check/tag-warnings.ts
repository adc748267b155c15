import type { ProblemCode } from '../read/problem-codes.ts';
import type { Step } from '../read/source-map.ts';
import { formatValue } from '../read/format-value.ts';
import { isMovingTag } from '../match/moving-tags.ts';
import { partsOf } from '../match/regex-parts.ts';
import { compileRegex } from '../match/regex.ts';
import { compareReadParts, takesTag } from '../match/tag-policy.ts';
import type { Environment, TagPolicy } from '../route.ts';
import { sampleTags } from './sample-tags.ts';

type ReportWarning = (code: ProblemCode, path: readonly Step[], message: string) => void;

/** Warns about tags that an environment accepts without order, or without a limit. */
export function reportTagWarnings({ tags, takesPushes, delivery, from }: Environment, report: ReportWarning): void {
  if (!takesPushes) return;
  if (delivery === 'commit' && !from && takesEveryTag(tags)) {
    report(
      'every-tag',
      ['delivery'],
      'the environment commits every pushed tag; expected `tags.match` or `tags.semver`, such as `match: ^main-(\\d+)$`',
    );
    return;
  }
  const open = openSides(tags);
  if (open !== undefined) {
    report(
      'match-unanchored',
      ['tags', 'match'],
      `${formatValue(tags.match)} accepts any text ${open}; expected \`^\` at the begin and \`$\` at the end`,
    );
    return;
  }
  const problem = orderProblem(tags);
  if (problem !== undefined)
    report('order-incomplete', ['tags', tags.match === undefined ? 'order' : 'match'], problem);
}

const anyTags = ['main-1', '1', 'feature-x.9', 'pr-12-0abcdef', '1.0.0-rc.1', 'Z_z'];

function takesEveryTag(tags: TagPolicy): boolean {
  return anyTags.every((tag) => takesTag(tags, tag).taken);
}

function openSides({ match }: TagPolicy): string | undefined {
  const regex = match === undefined ? undefined : compileRegex(match);
  const found = regex === undefined || typeof regex === 'string' ? undefined : partsOf(regex);
  if (!found || !(found.isOpenBefore || found.isOpenAfter)) return undefined;
  if (found.isOpenBefore && found.isOpenAfter) return 'before and after';
  return found.isOpenBefore ? 'before' : 'after';
}

const known = new Map<string, string | undefined>();
const maxKnown = 10_000;

function orderProblem(tags: TagPolicy): string | undefined {
  const key = JSON.stringify([tags.match, tags.order, tags.semver]);
  if (known.has(key)) return known.get(key);
  const problem = findOrderProblem(tags);
  if (known.size < maxKnown) known.set(key, problem);
  return problem;
}

/** The problem of an order with the tags that `match` accepts, with examples; `undefined` if there is none. */
function findOrderProblem(tags: TagPolicy): string | undefined {
  const { match, order, semver } = tags;
  if (match === undefined && order !== 'alphabetical') return undefined;
  const samples = sampleTags(match).filter(({ tag }) => !isMovingTag(tag));
  const isVersion = order === 'semver' || semver !== undefined;
  if (isVersion || order === 'numeric') {
    const reading: TagPolicy = { ...tags, order: isVersion ? 'semver' : 'numeric' };
    const refused = samples
      .filter(({ tag, isWide }) => !isWide && !isOddYear(tag) && compareReadParts(reading, tag, tag) === undefined)
      .toSorted((a, b) => b.tag.length - a.tag.length)
      .at(-1);
    if (refused) {
      const form = isVersion ? 'a semantic version' : 'a whole number';
      return `\`match\` accepts \`${refused.tag}\`, but its compared part is not ${form}, so such tags are refused; expected a narrower \`match\`, or \`(?:…)\` around parts that are not compared`;
    }
  }
  if (order === 'newest') return undefined;
  const pair = findPair(
    tags,
    samples.map(({ tag }) => tag),
  );
  if (!pair) return undefined;
  const [older, newer] = pair;
  const result = compareReadParts(tags, older, newer) === 0 ? 'ranks them equal' : `ranks \`${older}\` higher`;
  return `\`match\` accepts \`${older}\` and \`${newer}\`, and \`order: ${order}\` ${result}; expected \`order: numeric\` with a group for each number, such as \`^(\\d{8})\\.(\\d+)$\``;
}

/** Whether a long number begins with 0, unlike a year or a date: `\d{4}` is not a reason to warn, `\d{2}` is. */
function isOddYear(tag: string): boolean {
  return /(?<!\d)0\d{3}/.test(tag);
}

/** Two tags that differ only in numbers, and whose order contradicts these numbers: the lower one first, 9 before 10. */
function findPair(policy: TagPolicy, tags: readonly string[]): readonly [string, string] | undefined {
  const groups = new Map<string, string[]>();
  for (const tag of tags) {
    const form = tag.replaceAll(/\d+/g, '#');
    groups.set(form, [...(groups.get(form) ?? []), tag]);
  }
  const pairs = [...groups.values()].flatMap((group) => {
    const sorted = group.toSorted(compareByNumbers);
    return sorted.flatMap((tag, index): [string, string][] => {
      const next = sorted[index + 1];
      if (next === undefined || compareByNumbers(tag, next) === 0) return [];
      const order = compareReadParts(policy, tag, next);
      return order !== undefined && order >= 0 ? [[tag, next]] : [];
    });
  });
  return pairs.find(([older, newer]) => older.length !== newer.length) ?? pairs[0];
}

function compareByNumbers(a: string, b: string): number {
  const [first, second] = [a, b].map((tag) => tag.match(/\d+/g) ?? []);
  for (const [index, number] of (first ?? []).entries()) {
    const order = Number(number) - Number(second?.[index] ?? 0);
    if (order !== 0) return order;
  }
  return 0;
}
