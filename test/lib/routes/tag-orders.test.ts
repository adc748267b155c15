import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TagPolicy } from '../../../src/lib/routes/route.ts';
import { compareTags, takesTag } from '../../../src/lib/routes/match/tag-policy.ts';
import { loadText } from './support.ts';

/** One part of a tag: its expression, and two numbers or ids that it may have, the lower one first. */
interface Field {
  readonly expression: string;
  readonly isGroup: boolean;
  readonly isNumber: boolean;
  readonly low: string;
  readonly high: string;
}

const pair = (max: number) =>
  fc.tuple(fc.integer({ min: 1, max }), fc.integer({ min: 1, max })).filter(([a, b]) => a !== b);
const sorted = ([a, b]: readonly [number, number], width = 0) =>
  [Math.min(a, b), Math.max(a, b)].map((number) => String(number).padStart(width, '0'));

const field = fc.oneof(
  fc.record({ values: pair(3000), isGroup: fc.boolean() }).map(({ values, isGroup }): Field => {
    const [low = '', high = ''] = sorted(values);
    return { expression: String.raw`\d+`, isGroup, isNumber: true, low, high };
  }),
  fc.record({ values: pair(99), isGroup: fc.boolean() }).map(({ values, isGroup }): Field => {
    const [low = '', high = ''] = sorted(values, 2);
    return { expression: String.raw`\d{2}`, isGroup, isNumber: true, low, high };
  }),
  fc
    .tuple(fc.stringMatching(/^[a-f][0-9a-f]{6}$/), fc.stringMatching(/^[a-f][0-9a-f]{6}$/))
    .map(([low, high]): Field => ({ expression: '[0-9a-f]{7}', isGroup: false, isNumber: false, low, high })),
);

const family = fc.record({
  fields: fc.array(field, { minLength: 1, maxLength: 4 }),
  separator: fc.constantFrom('.', '-', '_'),
  prefix: fc.constantFrom('', 'v', 'main-'),
  order: fc.constantFrom('numeric' as const, 'semver' as const, 'alphabetical' as const),
});

test('where check has no problem, two tags that differ in a number are in the order of the number', () => {
  let complete = 0;
  fc.assert(
    fc.property(family, fc.nat(), ({ fields, separator, prefix, order }, choice) => {
      const join = separator.replace('.', String.raw`\.`);
      const match = `^${prefix}${fields.map(({ expression, isGroup }) => (isGroup ? `(${expression})` : expression)).join(join)}$`;
      const { problems } = loadText(`routes:
  a:
    image: contoso.azurecr.io/a
    repository: https://dev.azure.com/contoso/platform/_git/gitops
    update: [{ file: v.yaml, helm: { tag: tag } }]
    environments: { dev: { tags: { match: '${match}', order: ${order} } } }
`);
      if (problems.some(({ code }) => code !== 'allow-unset')) return;
      complete += 1;
      const policy: TagPolicy = { match, order, allowMovingTags: false };
      const numbers = fields.filter(({ isNumber }) => isNumber);
      const varied = numbers[choice % Math.max(1, numbers.length)];
      fc.pre(varied !== undefined);
      const tagOf = (value: (field: Field) => string) => `${prefix}${fields.map(value).join(separator)}`;
      const lower = tagOf(({ low }) => low);
      const higher = tagOf((one) => (one === varied ? one.high : one.low));
      expect(takesTag(policy, lower)).toEqual({ taken: true });
      expect(compareTags(policy, { tag: lower }, { tag: higher })).toBe(-1);
    }),
    { numRuns: 600, seed: 17 },
  );
  expect(complete).toBeGreaterThan(40);
});
