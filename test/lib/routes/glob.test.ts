import { expect, test } from 'vitest';
import { globProblem, matchesGlob } from '../../../src/lib/routes/match/glob.ts';
import { processorMs } from '../../support/processor-time.ts';

test.each([
  ['apps/*', 'apps/a', true],
  ['apps/*', 'apps/a/b', false],
  ['apps/**', 'apps/a/b', true],
  ['apps/**', 'apps', true],
  ['apps/**', 'appsx/a', false],
  ['**/values.yaml', 'a/b/values.yaml', true],
  ['**/values.yaml', 'values.yaml', true],
  ['**/a/**/b', 'x/a/y/a/b', true],
  ['**/a/**/b', 'x/a/y/c', false],
  ['a?c', 'abc', true],
  ['a?c', 'ac', false],
  ['*.yaml', '.yaml', true],
  ['a*b*c', 'aXbYbc', true],
  ['a*b*c', 'aXbYbcd', false],
  ['', '', true],
  ['a', 'A', false],
])('%s and %s: %s', (glob, text, expected) => {
  expect(matchesGlob(glob, text, 'path')).toBe(expected);
});

test('a name has no segments', () => {
  expect(matchesGlob('release/*', 'release/a/b', 'name')).toBe(true);
});

test.each([
  [`${'*a'.repeat(500)}b`, 'a'.repeat(2000)],
  [`${'**/a/'.repeat(300)}b`, 'a/'.repeat(1000)],
])('no glob takes long', (glob, name) => {
  const match = () => expect(matchesGlob(glob, name, 'path')).toBe(false);
  expect(processorMs(match)).toBeLessThan(500);
});

test.each(['a/**b', '[ab]', '{a,b}', '!a', 'a\\b'])('%s is no glob here', (glob) => {
  expect(globProblem(glob)).toBeDefined();
});
