import { expect, test } from 'vitest';
import { takesBuild } from '../../../src/lib/routes/match/build-filter.ts';

const ci = (sourceBranch: string) => ({ sourceBranch, reason: 'individualCI' });
const pullRequest = (targetBranch?: string) => ({
  sourceBranch: 'refs/pull/7/merge',
  reason: 'pullRequest',
  ...(targetBranch !== undefined && { targetBranch }),
});

test.each([
  [['main'], undefined, ci('refs/heads/main'), true],
  [['main'], undefined, ci('refs/heads/main2'), false],
  [['main'], undefined, ci('refs/tags/main'), false],
  [['release/*'], undefined, ci('refs/heads/release/1.0'), true],
  [['release/*'], undefined, ci('refs/heads/release/1.0/fix'), true],
  [['release/*'], undefined, ci('refs/heads/prerelease/1.0'), false],
  [['refs/tags/v*'], undefined, ci('refs/tags/v1.2.3'), true],
  [['refs/tags/v*'], undefined, ci('refs/heads/refs/tags/v1'), false],
  [['v?'], undefined, ci('refs/heads/v1'), true],
  [['v?'], undefined, ci('refs/heads/v10'), false],
  [['*'], undefined, ci('refs/heads/a/b'), true],
  [['main', 'develop'], undefined, ci('refs/heads/develop'), true],
  // Of a pull request build the target counts, and only where `reasons` asks for it.
  [['main'], undefined, pullRequest('refs/heads/main'), false],
  [['main'], ['pullRequest'], pullRequest('refs/heads/main'), true],
  [['main'], ['pullrequest'], pullRequest('refs/heads/main'), true],
  [['main'], ['pullRequest'], pullRequest('refs/heads/feature'), false],
  [['main'], ['pullRequest'], pullRequest(), false],
  [['*'], ['manual'], { sourceBranch: 'refs/pull/7/merge', reason: 'manual' }, false],
  [['main'], ['manual'], ci('refs/heads/main'), false],
  [['main'], ['manual', 'individualCI'], ci('refs/heads/main'), true],
])('branches %j, reasons %j, build %j: %s', (branches, reasons, build, taken) => {
  expect(takesBuild({ branches, ...(reasons && { reasons }) }, build).taken).toBe(taken);
});

test('an unknown build is refused where `from` asks for one, by its own code', () => {
  expect(takesBuild({ branches: ['main'] }, undefined)).toMatchObject({ taken: false, code: 'build-unknown' });
  expect(takesBuild(undefined, undefined)).toEqual({ taken: true });
});
