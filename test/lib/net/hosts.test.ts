import { expect, test } from 'vitest';
import { collectionEndpoint, gitEndpoint, collectionStoodInFor } from '../../../src/lib/net/hosts.ts';
import { parseRepositoryUrl } from '../../../src/lib/net/repository-url.ts';
import type { HostPolicy } from '../../../src/lib/net/hosts.ts';

const open: HostPolicy = { azureDevOpsCollections: ['https://tfs.contoso.example/tfs/DefaultCollection'] };
const local: HostPolicy = {
  azureDevOpsCollections: [],
  localEndpoints: { 'https://dev.azure.com/contoso': 'http://127.0.0.1:7072/contoso' },
};

test.each([
  ['https://dev.azure.com/contoso', open, 'https://dev.azure.com/contoso'],
  ['https://contoso.visualstudio.com', open, 'https://dev.azure.com/contoso'],
  ['https://tfs.contoso.example/tfs/defaultcollection', open, 'https://tfs.contoso.example/tfs/defaultcollection'],
  ['https://dev.azure.com/Contoso', local, 'http://127.0.0.1:7072/contoso'],
  ['http://127.0.0.1:9000/org', local, 'http://127.0.0.1:9000/org'],
])('%s is called', (collection, policy, endpoint) => {
  expect(collectionEndpoint(collection, policy)).toBe(endpoint);
});

test.each([
  ['https://dev.azure.com.evil.example/contoso', open],
  ['https://evil.example/contoso', open],
  ['http://127.0.0.1:9000/org', open],
  ['https://dev.azure.com/fabrikam', local],
  ['https://tfs.contoso.example/tfs/DefaultCollection', local],
])('%s gets no credentials', (collection, policy) => {
  expect(() => collectionEndpoint(collection, policy)).toThrow(expect.objectContaining({ code: 'host-not-allowed' }));
});

function gitAddress(url: string) {
  const address = parseRepositoryUrl(url);
  if (!('kind' in address) || address.kind !== 'git') throw new Error(`${url} is no Git address`);
  return address;
}

const localGit = {
  azureDevOpsCollections: [],
  localEndpoints: {
    'https://github.com': 'http://127.0.0.1:7080/all',
    'https://github.com/contoso': 'http://127.0.0.1:7080/contoso',
    'git.contoso.example': 'http://127.0.0.1:7081',
    'https://gitlab.com/x/gitops.git': 'http://127.0.0.1:7082/x.git',
  },
};

test.each([
  ['https://github.com/contoso/gitops', open, 'https://github.com/contoso/gitops'],
  ['http://127.0.0.1:9000/gitops', open, 'http://127.0.0.1:9000/gitops'],
  ['https://github.com/contoso/gitops', localGit, 'http://127.0.0.1:7080/contoso/gitops'],
  ['https://github.com/contoso2/gitops', localGit, 'http://127.0.0.1:7080/all/contoso2/gitops'],
  ['https://Git.Contoso.example/x/y', localGit, 'http://127.0.0.1:7081/x/y'],
  ['https://gitlab.com/x/gitops', localGit, 'http://127.0.0.1:7082/x.git'],
  ['http://localhost:9000/gitops', localGit, 'http://localhost:9000/gitops'],
])('the Git repository %s is called', (url, policy, endpoint) => {
  expect(gitEndpoint(gitAddress(url), policy)).toBe(endpoint);
});

test.each(['https://github.com.evil.example/contoso/x', 'https://gitlab.com/x/y'])(
  'the Git repository %s is not called while LOCAL_ENDPOINTS is set',
  (url) => {
    expect(() => gitEndpoint(gitAddress(url), localGit)).toThrow(expect.objectContaining({ code: 'host-not-allowed' }));
  },
);

test.each([
  ['http://127.0.0.1:7072/contoso', 'https://dev.azure.com/contoso'],
  ['http://127.0.0.1:7072/contoso/', 'https://dev.azure.com/contoso'],
  ['http://127.0.0.1:7072/fabrikam', 'http://127.0.0.1:7072/fabrikam'],
  ['https://dev.azure.com/fabrikam', 'https://dev.azure.com/fabrikam'],
])('the collection %s is known as %s', (sent, expected) => {
  const localEndpoints = { 'https://dev.azure.com/contoso': 'http://127.0.0.1:7072/contoso' };
  expect(collectionStoodInFor(sent, { localEndpoints }, new Set())).toBe(expected);
  expect(collectionStoodInFor(sent, {}, new Set())).toBe(sent);
});

test.each([
  ['https://dev.azure.com/fabrikam', 'https://dev.azure.com/Fabrikam'],
  ['http://127.0.0.1:7072/contoso', 'http://127.0.0.1:7072/contoso'],
  ['https://dev.azure.com/other', 'https://dev.azure.com/contoso'],
])('one collection of this machine for several: known by the name %s, it is %s', (known, expected) => {
  const url = 'http://127.0.0.1:7072/contoso';
  const localEndpoints = { 'https://dev.azure.com/contoso': url, 'https://dev.azure.com/Fabrikam': url };
  expect(collectionStoodInFor(`${url}/`, { localEndpoints }, new Set([known]))).toBe(expected);
});
