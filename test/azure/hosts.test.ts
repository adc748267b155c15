import { expect, test } from 'vitest';
import { collectionEndpoint } from '../../src/lib/azure/hosts.ts';
import type { HostPolicy } from '../../src/lib/azure/hosts.ts';

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
