import { expect, test } from 'vitest';
import { buildAddressOf, buildPage } from '../../src/lib/builds/build-url.ts';

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
  'no URL',
])('%s names no build', (url) => {
  expect(buildAddressOf(url)).toBeUndefined();
});

test('the page of a build leads back to it', () => {
  expect(buildAddressOf(buildPage(contoso))).toEqual(contoso);
});
