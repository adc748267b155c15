import { expect, test } from 'vitest';
import { buildAddressOf, buildPage, projectPattern } from '../../../src/lib/net/build-url.ts';

const contoso = { collection: 'https://dev.azure.com/contoso', project: 'Web Shop', id: 7 };

test.each([
  ['its page', 'https://dev.azure.com/contoso/Web%20Shop/_build/results?buildId=7&view=results', contoso],
  ['the API', 'https://dev.azure.com/contoso/Web%20Shop/_apis/build/Builds/7', contoso],
  ['a run', 'https://dev.azure.com/contoso/Web%20Shop/_apis/pipelines/55/runs/7', contoso],
  ['the old host', 'https://contoso.visualstudio.com/Web%20Shop/_build/results?buildId=7', contoso],
  [
    'a server',
    'https://tfs.contoso.com/tfs/Main/Shop/_build/results?buildId=7',
    { collection: 'https://tfs.contoso.com/tfs/Main', project: 'Shop', id: 7 },
  ],
])('a build is read from %s', (_name, url, address) => {
  expect(buildAddressOf(url)).toEqual(address);
});

test.each([
  'https://dev.azure.com/contoso/_apis/build/Builds/7',
  'https://dev.azure.com/contoso/shop/_build/results?buildId=0',
  'https://dev.azure.com/contoso/shop/_build/results?buildId=7x',
  'http://dev.azure.com/contoso/shop/_build/results?buildId=7',
  'https://dev.azure.com/contoso/sh%ZZop/_build/results?buildId=7',
  'https://dev.azure.com/contoso/shop/_git/api',
  'https://dev.azure.com/contoso/_shop/_build/results?buildId=7',
  'no URL',
])('%s names no build', (url) => {
  expect(buildAddressOf(url)).toBeUndefined();
});

test('the page of a build leads back to it', () => {
  expect(buildAddressOf(buildPage(contoso))).toEqual(contoso);
});

test.each(['.', '..', '.git', 'shop.', '_apis', 'a/b', 'a\\b', ''])('%j is no project', (name) => {
  expect(projectPattern.test(name)).toBe(false);
});

test.each(['Shop', 'Web Shop', 'shop.web', 'a_b', '0f9c1a7d-0000-4000-8000-000000000001'])(
  '%j is a project',
  (name) => {
    expect(projectPattern.test(name)).toBe(true);
  },
);
