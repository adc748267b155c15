import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { groupBranch, routeBranch } from '../../../src/lib/model/source-branch-name.ts';

const name = fc.oneof(
  fc.string({ minLength: 1, maxLength: 12, unit: 'binary' }),
  fc.string({ minLength: 1, maxLength: 12, unit: fc.constantFrom('a', 'A', '/', '.', '-', '+', '=', '~', '@', '{') }),
  fc.constantFrom('a.lock', '.lock', '@', '-', 'a/b', 'a+b', 'a=2fb', '..', 'é', 'x'.repeat(300)),
);

test.each([
  ['api', 'prod', 'tagrelay/api/prod'],
  ['shop/api', 'prod', 'tagrelay/shop+api/prod'],
  ['shop+api', 'prod', 'tagrelay/shop=2bapi/prod'],
  ['.a..b.lock', 'x.', 'tagrelay/=2ea=2e.b=2elock/x=2e'],
])('%s and %s: %s', (route, environment, branch) => {
  expect(routeBranch(route, environment)).toBe(branch);
});

test('no two routes and environments share a branch, and none is a folder of another', () => {
  fc.assert(
    fc.property(name, name, name, name, (route, environment, otherRoute, otherEnvironment) => {
      const a = routeBranch(route, environment);
      const b = routeBranch(otherRoute, otherEnvironment);
      const isSame = route === otherRoute && environment === otherEnvironment;
      expect(a === b).toBe(isSame);
      expect(a.startsWith(`${b}/`)).toBe(false);
    }),
  );
});

test('Git takes every one of them', () => {
  fc.assert(
    fc.property(name, name, name, (route, environment, target) => {
      for (const branch of [routeBranch(route, environment), groupBranch(environment, target, 'main')]) {
        expect(branch.length).toBeLessThan(240);
        execFileSync('git', ['check-ref-format', `refs/heads/${branch}`]);
        execFileSync('git', ['check-ref-format', `refs/heads/${branch}=new`]);
      }
    }),
    { numRuns: 40 },
  );
});

test('a group names its target where that is not the default branch', () => {
  expect(groupBranch('prod', 'main', 'main')).toBe('tagrelay-group/prod');
  expect(groupBranch('prod', 'release/1', 'main')).toBe('tagrelay-group/prod=on=release+1');
});
