import { describe, expect, test } from 'vitest';
import { guessTags, isTaken, nextTag } from '../../../src/cli/init/guess-tags.ts';

describe('guessTags', () => {
  test.each([
    [['1.2.3', 'v1.3.0'], { semver: '>=0.0.0', order: 'semver' }],
    [['1.2.3', '1.3.0-rc.1'], { semver: '>=0.0.0-0', order: 'semver' }],
    [['api-1.2.3'], { match: String.raw`^api-(\d+\.\d+\.\d+)$`, semver: '>=0.0.0', order: 'semver' }],
    [['007', '012'], { match: String.raw`^(\d+)$`, order: 'numeric' }],
    [['2024.01.05'], { match: String.raw`^(\d+)\.(\d+)\.(\d+)$`, order: 'numeric' }],
    [['20240101.9', '20240101.10'], { match: String.raw`^(\d+)\.(\d+)$`, order: 'numeric' }],
    [['main-12-ab12cd3', 'main-13-1234567'], { match: String.raw`^main-(\d+)-[0-9a-f]{7,40}$`, order: 'numeric' }],
    [['main-ab12cd3'], { match: '^main-[0-9a-f]{7,40}$', order: 'newest' }],
    [['abcdef0', '1234567'], { match: '^[0-9a-f]{7,40}$', order: 'newest' }],
    [['b123'], { match: String.raw`^b(\d+)$`, order: 'numeric' }],
    [['latest', '12'], { match: String.raw`^(\d+)$`, order: 'numeric' }],
    [['main-12', 'release-3'], { order: 'newest' }],
    [['latest'], { order: 'newest' }],
    [[], { order: 'newest' }],
  ])('%j', (tags, expected) => {
    const { why, ...policy } = guessTags(tags);
    expect(policy).toEqual(expected);
    expect(why).not.toBe('');
    for (const tag of tags.filter((one) => one !== 'latest')) {
      expect(isTaken(policy, tag)).toBe(true);
      expect(isTaken(policy, nextTag(tag))).toBe(true);
    }
  });

  test.each([
    ['1.2.3', '1.2.4'],
    ['007', '008'],
    ['main-9-ab12cd3', 'main-10-ab12cda'],
    ['20240101.9', '20240101.10'],
    ['1.0.0-rc.1', '1.0.0-rc.2'],
    ['blue', 'blue-next'],
  ])('the tag after %s is %s', (tag, next) => {
    expect(nextTag(tag)).toBe(next);
  });
});
