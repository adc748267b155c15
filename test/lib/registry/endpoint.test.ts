import { describe, expect, test } from 'vitest';
import { registryEndpoint } from '../../../src/lib/registry/endpoint.ts';

const user = { name: 'robot', password: 'secret' };
const open = {
  registries: ['harbor.contoso.example', 'docker.io', 'localhost:5000', 'registry.gitlab.example:5050'],
  registryCredentials: new Map([
    ['harbor.contoso.example', { user }],
    ['registry.gitlab.example:5050', { user, tokenOrigin: 'https://gitlab.example' }],
    ['partner.azurecr.io', { user }],
  ]),
};
const local = {
  ...open,
  localEndpoints: { 'Contoso.azurecr.io': 'http://127.0.0.1:7073', 'docker.io': 'http://127.0.0.1:7073' },
};

test.each([
  ['contoso.azurecr.io', 'public'],
  ['Contoso.AzureCR.io', 'public'],
  ['contoso-a1b2c3.azurecr.io', 'public'],
  ['contoso.westeurope.geo.azurecr.io', 'public'],
  ['contoso.azurecr.cn', 'china'],
  ['contoso.azurecr.us', 'government'],
])('%s is asked with the identity', (registry, cloud) => {
  const url = `https://${registry.toLowerCase()}`;
  expect(registryEndpoint(registry, open)).toMatchObject({ kind: 'azure', url, cloud, isStandIn: false });
});

test.each([
  ['harbor.contoso.example', 'https://harbor.contoso.example', user, []],
  ['registry.gitlab.example:5050', 'https://registry.gitlab.example:5050', user, ['https://gitlab.example']],
  ['partner.azurecr.io', 'https://partner.azurecr.io', user, []],
  ['docker.io', 'https://registry-1.docker.io', undefined, ['https://auth.docker.io']],
  ['localhost:5000', 'http://localhost:5000', undefined, []],
])('%s is asked as the operator says', (registry, url, user, tokenOrigins) => {
  expect(registryEndpoint(registry, open)).toEqual({ kind: 'distribution', registry, url, user, tokenOrigins });
});

describe('is not called', () => {
  test.each([
    ['ghcr.io', open],
    ['evil.example', open],
    ['azurecr.io', open],
    ['contoso.azurecr.io.evil.example', open],
    ['evilazurecr.io', open],
    ['contoso.azurecr.io:8443', open],
    ['contoso.azurecr.de', open],
    ['harbor.contoso.example:444', open],
    ['sub.harbor.contoso.example', open],
    ['127.0.0.1:9000', open],
    ['fabrikam.azurecr.io', local],
    ['harbor.contoso.example', local],
  ])('%s', (registry, policy) => {
    expect(() => registryEndpoint(registry, policy)).toThrow(expect.objectContaining({ code: 'host-not-allowed' }));
  });
});

test('on the local platform an Azure registry is a stand-in, and only this machine hands out tokens', () => {
  expect(registryEndpoint('contoso.azurecr.io', local)).toMatchObject({
    kind: 'azure',
    url: 'http://127.0.0.1:7073',
    isStandIn: true,
  });
  expect(registryEndpoint('docker.io', local)).toMatchObject({ url: 'http://127.0.0.1:7073', tokenOrigins: [] });
  expect(registryEndpoint('127.0.0.1:9000', local)).toMatchObject({
    kind: 'distribution',
    url: 'http://127.0.0.1:9000',
  });
});
