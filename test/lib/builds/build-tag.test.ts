import { expect, test } from 'vitest';
import { fillBuildTag, readBuildTag } from '../../../src/lib/builds/build-tag.ts';

const build = { id: 1241, number: '20261120.3', sourceVersion: '4f9c1a7d3e5b60718293a4b5c6d7e8f901234567' };

test.each([
  ['main-{buildId}', 'main-1241'],
  ['{buildNumber}', '20261120.3'],
  ['{sourceVersion:7}', '4f9c1a7'],
  ['{sourceVersion}', build.sourceVersion],
  ['main-{buildId}-{sourceVersion:8}', 'main-1241-4f9c1a7d'],
  ['main-{buildId}-*', 'main-1241-*'],
])('%s gives %s', (template, tag) => {
  expect(fillBuildTag(template, build)).toBe(tag);
});

test.each([
  ['{buildNumber}', 'a number with spaces 7'],
  ['{buildNumber}', 'x'.repeat(129)],
])('%s gives no tag that a registry does not take', (template, number) => {
  expect(fillBuildTag(template, { ...build, number })).toBeUndefined();
});

test.each([
  ['main-{buildId}', 'main-1241', { buildId: 1241 }],
  ['main-{buildId}-*', 'main-1241-4f9c1a7', { buildId: 1241 }],
  ['v{buildNumber}', 'v20261120.3', { buildNumber: '20261120.3' }],
  ['{buildNumber}.{sourceVersion:7}', '20261120.3.4f9c1a7', { buildNumber: '20261120.3' }],
  ['{sourceVersion:7}', '4f9c1a7', {}],
  ['main-{buildId}', 'main-0', undefined],
  ['main-{buildId}', 'main-12a', undefined],
  ['main.{buildId}', 'mainx12', undefined],
  ['{sourceVersion:7}', '4f9c1a', undefined],
])('of %s the tag %s says %o', (template, tag, claim) => {
  expect(readBuildTag(template, tag)).toEqual(claim);
});
