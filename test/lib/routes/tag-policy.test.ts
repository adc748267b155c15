import { describe, expect, test } from 'vitest';
import type { TagPolicy } from '../../../src/lib/routes/route.ts';
import { compareTags, takesTag } from '../../../src/lib/routes/match/tag-policy.ts';

const policy = (fields: Partial<TagPolicy>): TagPolicy => ({ order: 'newest', allowMovingTags: false, ...fields });

function at(time: string): Date {
  return new Date(`2026-11-20T${time}Z`);
}

describe('match', () => {
  test.each([
    ['^main-(\\d+)-[0-9a-f]{6,40}$', 'main-12-abcdef', true],
    ['^main-(\\d+)-[0-9a-f]{6,40}$', 'main-12-abcde', false],
    ['^main-(\\d+)-[0-9a-f]{6,40}$', 'xmain-12-abcdef', false],
    ['-rc', '1.0.0-rc.1', true],
    ['^v', 'V1', false],
    ['(?i)^v', 'V1', true],
  ])('%s and %s: %s', (match, tag, taken) => {
    expect(takesTag(policy({ match }), tag).taken).toBe(taken);
  });

  test('takes any tag without rules, but no text that is none', () => {
    expect(takesTag(policy({}), '1240').taken).toBe(true);
    expect(takesTag(policy({}), 'a b').taken).toBe(false);
    expect(takesTag(policy({}), '').taken).toBe(false);
    expect(takesTag(policy({}), `a${'b'.repeat(128)}`).taken).toBe(false);
  });
});

describe('semver', () => {
  test.each([
    ['>=1.0.0', '1.0.0', true],
    ['>=1.0.0', 'v1.2.3', true],
    ['>=1.0.0', '0.9.9', false],
    ['>=1.0.0', '1.2', false],
    ['>=1.0.0', 'main-12', false],
    ['^1.4.0', '1.9.0', true],
    ['^1.4.0', '2.0.0', false],
    // node-semver: a pre-release needs a comparator with a pre-release of the same version.
    ['>=1.0.0', '1.1.0-rc.1', false],
    ['*', '1.1.0-rc.1', false],
    ['>=1.1.0-rc.1', '1.1.0-rc.2', true],
    ['>=1.1.0-rc.1', '1.2.0-rc.1', false],
    // A lower bound with -0 includes all pre-releases.
    ['>=1.0.0-0', '1.0.1-rc.1', true],
    ['>=1.1.0-0', '1.1.0-rc.1', true],
    ['>=1.1.0-0', '1.0.0-rc.1', false],
    ['>=1.0.0-0', '1.0.0-rc.1', true],
    ['^1.4.0-0', '1.9.0-rc.1', true],
    ['^1.4.0-0', '2.0.0-rc.1', false],
    ['>=1.0.0-0 <2.0.0-0', '1.2.0-rc.1', true],
    ['>=1.0.0-0 <2.0.0-0', '2.0.0-rc.1', false],
    ['>=1.0.0 <2.0.0-0', '1.2.0-rc.1', false],
    ['>=0.0.0-0', '3.2.1-rc.1', true],
    ['1.x || >=2.0.0-0', '1.2.0-rc.1', false],
    ['1.x || >=2.0.0-0', '2.1.0-rc.1', true],
    ['1.x || >=2.5.0', '1.7.0', true],
    ['1.x || >=2.5.0', '2.4.0', false],
    ['*', '1.0.0+build.7', true],
  ])('%s and %s: %s', (semver, tag, taken) => {
    expect(takesTag(policy({ semver, order: 'semver' }), tag).taken).toBe(taken);
  });

  test('names the way to include pre-releases', () => {
    expect(takesTag(policy({ semver: '>=1.0.0', order: 'semver' }), '1.1.0-rc.1')).toEqual({
      taken: false,
      reason: expect.stringContaining('`>=1.0.0-0`'),
    });
  });

  test('reads the first group of the match', () => {
    const release = policy({ match: '^release-(.+)$', semver: '<2', order: 'semver' });
    expect(takesTag(release, 'release-1.9.0').taken).toBe(true);
    expect(takesTag(release, 'release-2.0.0').taken).toBe(false);
  });
});

describe('numbers outside of the compared groups decide between tags that are equal in the groups', () => {
  test.each([
    [{ order: 'numeric', match: '^(\\d{8})\\.\\d+$' }, '20261127.10', '20261127.9', 1],
    [{ order: 'numeric', match: '^(\\d{8})' }, '20261127.10', '20261127.9', 1],
    [{ order: 'numeric', match: '^\\d{4}\\.(\\d+)$' }, '2027.1', '2026.1', 1],
    [{ order: 'semver', match: '^v(\\d+\\.\\d+\\.\\d+)-build\\d+$' }, 'v1.0.0-build10', 'v1.0.0-build9', 1],
    [{ order: 'semver', match: '^v(\\d+\\.\\d+\\.\\d+)-(\\d+)$' }, 'v1.0.0-10', 'v1.0.0-9', 1],
    // A commit id is not a number, even if it has only digits.
    [{ order: 'numeric', match: '^main-(\\d+)-[0-9a-f]+$' }, 'main-12-9999999', 'main-12-1111111', 0],
    [{ order: 'numeric', match: '^main-(\\d+)' }, 'main-12-9abcdef', 'main-12-1abcdef', 0],
    [{ order: 'numeric', match: '^.*-(\\d+)$' }, 'fix-10-7', 'fix-9-7', 0],
    [{ order: 'numeric', match: '^main-(\\d+)' }, 'main-12-a', 'main-12-b', 0],
    [{ order: 'semver' }, '1.0.0+10', '1.0.0+9', 0],
  ] as const)('%j: %s to %s is %s', (fields, a, b, expected) => {
    expect(compareTags(policy(fields), { tag: a }, { tag: b })).toBe(expected);
    expect(compareTags(policy(fields), { tag: b }, { tag: a })).toBe(0 - expected);
  });
});

describe('moving tags', () => {
  test.each(['latest', 'LATEST', 'main', 'stable', 'dev', 'nightly'])('%s is refused unless allowed', (tag) => {
    expect(takesTag(policy({}), tag).taken).toBe(false);
    expect(takesTag(policy({ allowMovingTags: true }), tag).taken).toBe(true);
  });
});

describe('a tag that the order cannot read is refused', () => {
  test.each([
    ['semver', '1.2', false],
    ['semver', '1.2.3', true],
    ['numeric', '12a', false],
    ['numeric', '0012', true],
    ['alphabetical', 'anything', true],
    ['newest', 'anything', true],
  ] as const)('%s and %s: %s', (order, tag, taken) => {
    expect(takesTag(policy({ order }), tag).taken).toBe(taken);
  });
});

describe('order', () => {
  const grouped = '^main-(\\d+)-[0-9a-f]+$';
  test.each([
    [{ order: 'semver' }, '1.10.0', '1.9.0', 1],
    [{ order: 'semver' }, 'v1.0.0', '1.0.0', 0],
    [{ order: 'semver' }, '1.0.0-rc.1', '1.0.0', -1],
    [{ order: 'semver' }, '1.0.0-rc.2', '1.0.0-rc.10', -1],
    [{ order: 'semver' }, '1.0.0+a', '1.0.0+b', 0],
    [{ order: 'semver' }, '1.0.0', 'latest', undefined],
    [{ order: 'semver', semver: '<2' }, '3.0.0', '1.0.0', 1],
    [{ order: 'semver', match: '^app-(.+)$' }, 'app-2.0.0', 'app-1.0.0', 1],
    [{ order: 'numeric' }, '1240', '999', 1],
    [{ order: 'numeric' }, '007', '7', 0],
    [{ order: 'numeric' }, '99999999999999999999', '99999999999999999998', 1],
    [{ order: 'numeric' }, '12', 'v12', undefined],
    [{ order: 'numeric', match: grouped }, 'main-12-ab', 'main-9-ff', 1],
    [{ order: 'numeric', match: grouped }, 'main-12-ab', 'main-12-cd', 0],
    [{ order: 'numeric', match: grouped }, 'main-12-ab', '13', undefined],
    [{ order: 'numeric', match: '^b(\\d+)?' }, 'b1', 'bx', undefined],
    [{ order: 'numeric', match: '^(\\d{8})\\.(\\d+)$' }, '20261127.10', '20261127.9', 1],
    [{ order: 'numeric', match: '^(\\d{8})\\.(\\d+)$' }, '20261128.1', '20261127.10', 1],
    [{ order: 'numeric', match: '^(\\d{8})\\.(\\d+)$' }, '20261127.1', '20261127.01', 0],
    [{ order: 'numeric', match: '^(\\d{4})\\.(\\d+)\\.(\\d+)$' }, '2026.11.2', '2026.9.30', 1],
    [{ order: 'numeric', match: '^(?:main|release)-(\\d+)$' }, 'release-12', 'main-9', 1],
    [{ order: 'numeric', match: '^(\\d{8})(?:\\.(\\d+))?$' }, '20261127.0', '20261127', 1],
    [{ order: 'numeric', match: '^(\\d{8})(?:\\.(\\d+))?$' }, '20261128', '20261127.3', 1],
    [{ order: 'numeric', match: '^(\\d+)-([0-9a-f]+)$' }, '12-ab', '11-12', undefined],
    [{ order: 'numeric', match: '^(?:main-(\\d+)|pr-(\\d+))$' }, 'main-1', 'pr-9', 1],
    [{ order: 'alphabetical' }, '2026.11.20', '2026.09.30', 1],
    [{ order: 'alphabetical' }, 'b', 'B', 1],
    [{ order: 'alphabetical' }, '20261120', '20261120', 0],
    [{ order: 'alphabetical' }, '20261120', 'latest', undefined],
    [{ order: 'alphabetical', match: '^\\d{8}$' }, '20261120', 'initial', undefined],
  ] as const)('%j: %s to %s is %s', (fields, a, b, expected) => {
    expect(compareTags(policy(fields), { tag: a }, { tag: b })).toBe(expected);
    expect(compareTags(policy(fields), { tag: b }, { tag: a })).toBe(expected === undefined ? undefined : 0 - expected);
  });

  test.each([
    [at('10:00:01'), at('10:00:00'), 1],
    [at('10:00:00'), at('10:00:01'), -1],
    [at('10:00:00'), at('10:00:00'), 0],
    [undefined, at('10:00:00'), undefined],
    [at('10:00:00'), undefined, undefined],
    [new Date(Number.NaN), at('10:00:00'), undefined],
  ])('newest: %s to %s is %s', (a, b, expected) => {
    const first = { tag: 'a', ...(a && { pushedAt: a }) };
    expect(compareTags(policy({}), first, { tag: 'b', ...(b && { pushedAt: b }) })).toBe(expected);
  });

  test('newest: a tag is equal to itself where nobody knows its time', () => {
    expect(compareTags(policy({}), { tag: 'a' }, { tag: 'a' })).toBe(0);
  });
});
