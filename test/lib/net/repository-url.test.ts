import { describe, expect, test } from 'vitest';
import { canonicalCollection, parseRepositoryUrl } from '../../../src/lib/net/repository-url.ts';

const collections = ['https://tfs.contoso.example/tfs/DefaultCollection/', 'https://devops.contoso.example/Main'];

describe('Azure Repos', () => {
  test.each([
    ['https://dev.azure.com/contoso/platform/_git/gitops', 'https://dev.azure.com/contoso/platform/_git/gitops'],
    [
      'https://contoso@dev.azure.com/contoso/platform/_git/gitops/',
      'https://dev.azure.com/contoso/platform/_git/gitops',
    ],
    ['https://dev.azure.com/contoso/_git/gitops', 'https://dev.azure.com/contoso/gitops/_git/gitops'],
    ['https://contoso.visualstudio.com/platform/_git/gitops', 'https://dev.azure.com/contoso/platform/_git/gitops'],
    [
      'https://contoso.visualstudio.com/DefaultCollection/platform/_git/gitops',
      'https://dev.azure.com/contoso/platform/_git/gitops',
    ],
    ['git@ssh.dev.azure.com:v3/contoso/platform/gitops', 'https://dev.azure.com/contoso/platform/_git/gitops'],
    [
      'contoso@vs-ssh.visualstudio.com:v3/contoso/platform/gitops',
      'https://dev.azure.com/contoso/platform/_git/gitops',
    ],
    [
      'https://dev.azure.com/contoso/Web%20Shop/_git/git%20ops',
      'https://dev.azure.com/contoso/Web%20Shop/_git/git%20ops',
    ],
    [
      'https://tfs.contoso.example/tfs/defaultcollection/shop/_git/gitops',
      'https://tfs.contoso.example/tfs/DefaultCollection/shop/_git/gitops',
    ],
    ['https://devops.contoso.example/Main/_git/gitops', 'https://devops.contoso.example/Main/gitops/_git/gitops'],
    ['http://127.0.0.1:7072/contoso/platform/_git/gitops', 'http://127.0.0.1:7072/contoso/platform/_git/gitops'],
  ])('%s', (text, url) => {
    expect(parseRepositoryUrl(text, collections)).toMatchObject({ kind: 'azure-repos', url, key: url.toLowerCase() });
  });

  test('names its collection, project and repository', () => {
    expect(parseRepositoryUrl('https://contoso.visualstudio.com/Web%20Shop/_git/gitops')).toMatchObject({
      collection: 'https://dev.azure.com/contoso',
      project: 'Web Shop',
      repository: 'gitops',
    });
  });
});

test.each([
  ['https://github.com/contoso/payments-gitops', 'https://github.com/contoso/payments-gitops'],
  ['https://github.com/contoso/payments-gitops.git/', 'https://github.com/contoso/payments-gitops'],
  ['https://user@GitHub.com/contoso/app.git', 'https://github.com/contoso/app'],
  ['https://unknown.example/tfs/shop/_git/gitops', 'https://unknown.example/tfs/shop/_git/gitops'],
])('any other host: %s', (text, url) => {
  expect(parseRepositoryUrl(text, collections)).toMatchObject({ kind: 'git', url });
});

test.each([
  'gitops',
  'http://dev.azure.com/contoso/platform/_git/gitops',
  'ftp://example.com/x',
  'file:///tmp/x',
  'https://user:secret@dev.azure.com/contoso/platform/_git/gitops',
  'https://dev.azure.com/contoso/platform',
  'https://dev.azure.com/contoso/platform/_git/gitops/pullrequests',
  'https://dev.azure.com/contoso/a/b/_git/gitops',
  'https://dev.azure.com/contoso/platform/_git/gitops?version=GBmain',
  'https://github.com/',
  'https://github.com/contoso/%2e%2e%2fsecret',
])('refused with a reason: %s', (text) => {
  expect(parseRepositoryUrl(text, collections)).toHaveProperty('problem');
});

test('a collection has one form', () => {
  expect(canonicalCollection('https://contoso.visualstudio.com/')).toBe('https://dev.azure.com/contoso');
  expect(canonicalCollection('https://dev.azure.com/contoso/')).toBe('https://dev.azure.com/contoso');
  expect(canonicalCollection('https://dev.azure.com/')).toBeUndefined();
  expect(canonicalCollection('contoso')).toBeUndefined();
});
