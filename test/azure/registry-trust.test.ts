import { createPipelineRequest } from '@azure/core-rest-pipeline';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { sdkHttpClient } from '../../src/lib/azure/registry-azure-http.ts';
import { makeAzureMetadata } from '../../src/lib/azure/registry-azure.ts';
import { identityGrants } from '../../src/lib/azure/registry-azure-token.ts';
import { makeContent } from '../../src/lib/azure/registry-content.ts';
import { secondsToWait } from '../../src/lib/azure/registry-failure.ts';
import { identityFor, makeIdentity } from '../../src/lib/azure/registry-identity.ts';
import { followBlobRedirects } from '../../src/lib/azure/registry-redirect.ts';
import { makeAsker, startStandIn, userAgent } from '../support/registry.ts';

const repository = 'shop/api';
const user = { name: 'robot', password: 'secret' };
const bearerFrom = (realm: string) => `Bearer realm="${realm}",service="contoso.azurecr.io"`;

/** An Azure registry that the app's identity is for, though it is on this machine. */
const azure = (url: string) =>
  ({ kind: 'azure', registry: 'contoso.azurecr.io', url, cloud: 'public', isStandIn: false }) as const;

/** Sees what arrives, and answers nothing good. */
async function startListener() {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers.authorization ?? 'nobody'}`);
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { seen, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describe('a registry that sends us elsewhere', () => {
  test.each([['another port'], ['another host'], ['no URL']])('for a token, to %s, is not followed', async (where) => {
    const elsewhere = await startListener();
    const realm =
      { 'another port': elsewhere.url, 'another host': 'https://evil.example/token', 'no URL': '/token' }[where] ?? '';
    const standIn = await startStandIn();
    const headers = { 'www-authenticate': bearerFrom(realm) };
    standIn.setFaults(() => ({ answer: { status: 401, headers } }));
    const registry = new URL(standIn.url).host;
    const asker = makeAsker({ registries: [registry], registryCredentials: new Map([[registry, { user }]]) });
    await expect(asker.registry.lookUp({ registry, repository, tag: '1' })).rejects.toMatchObject({
      code: 'host-not-allowed',
    });
    expect(elsewhere.seen).toEqual([]);
  });

  test('for a token, to the realm that the operator named, is followed', async () => {
    const tokens = await startStandIn({ users: { [user.name]: user.password } });
    const standIn = await startStandIn();
    const headers = { 'www-authenticate': bearerFrom(`${tokens.url}/oauth2/token`) };
    standIn.setFaults(({ headers: { authorization } }) =>
      authorization?.startsWith('Bearer ') === true
        ? { answer: { status: 200, headers: { 'docker-content-digest': `sha256:${'a'.repeat(64)}` } } }
        : { answer: { status: 401, headers } },
    );
    const registry = new URL(standIn.url).host;
    const signIn = { user, tokenOrigin: tokens.url };
    const asker = makeAsker({ registries: [registry], registryCredentials: new Map([[registry, signIn]]) });
    await expect(asker.registry.lookUp({ registry, repository, tag: '1' })).resolves.toBeDefined();
    expect(standIn.requests.map(({ headers }) => headers.authorization?.split(' ')[0])).toEqual([undefined, 'Bearer']);
    expect(tokens.requests.map(({ headers }) => headers.authorization?.split(' ')[0])).toEqual(['Basic']);
  });

  test('for an Azure token is ignored: the identity goes to the registry alone', async () => {
    const elsewhere = await startListener();
    const standIn = await startStandIn();
    standIn.setFaults(({ path }) =>
      path.startsWith('/v2/') || path.startsWith('/acr/')
        ? { answer: { status: 401, headers: { 'www-authenticate': `${bearerFrom(elsewhere.url)},scope="x:y:pull"` } } }
        : undefined,
    );
    const { registry } = makeAsker({ localEndpoints: new Map([['contoso.azurecr.io', standIn.url]]) });
    const image = { registry: 'contoso.azurecr.io', repository, tag: '1' };
    const failure = { code: 'registry-sign-in-failed' };
    await expect(registry.lookUp(image)).rejects.toMatchObject(failure);
    await expect(registry.inspect(image)).rejects.toMatchObject(failure);
    expect(elsewhere.seen).toEqual([]);
  });

  test.each([
    'https://storage.example/blob',
    'http://10.0.0.1/blob',
    'file:///etc/passwd',
    'http://a@127.0.0.1/',
    'http://:b@127.0.0.1/',
  ])('for a blob, from this machine to %s, is not followed', async (location) => {
    const standIn = await startStandIn();
    standIn.pushImage({ repository, tag: '1' });
    standIn.setFaults(({ path }) =>
      path.includes('/blobs/') ? { answer: { status: 307, headers: { location } } } : undefined,
    );
    const { registry } = makeAsker({ localEndpoints: new Map([['contoso.azurecr.io', standIn.url]]) });
    await expect(registry.inspect({ registry: 'contoso.azurecr.io', repository, tag: '1' })).rejects.toMatchObject({
      code: 'host-not-allowed',
    });
  });

  test.each([
    'http://storage.example/blob',
    'https://127.0.0.1/blob',
    'https://localhost:1/',
    'https://a:b@storage.example/',
  ])('for a blob, from another machine to %s, is not followed', async (location) => {
    const answer = { status: 307, headers: new Headers({ location }), body: Buffer.alloc(0) };
    const registry = 'contoso.azurecr.io';
    const endpoint = {
      kind: 'azure',
      registry,
      url: `https://${registry}`,
      cloud: 'public',
      isStandIn: false,
    } as const;
    await expect(followBlobRedirects(answer, endpoint, AbortSignal.timeout(5_000))).rejects.toMatchObject({
      code: 'host-not-allowed',
    });
  });

  test('under the Azure package, to another host, is not followed', async () => {
    const client = await sdkHttpClient(azure('http://127.0.0.1:9'));
    const request = createPipelineRequest({ url: 'https://contoso.azurecr.io.evil.example/acr/v1/x' });
    await expect(client.sendRequest(request)).rejects.toMatchObject({ code: 'host-not-allowed' });
  });

  test('for a blob, in circles, ends', async () => {
    const standIn = await startStandIn();
    standIn.pushImage({ repository, tag: '1' });
    standIn.setFaults(({ path }) =>
      path.includes('/blobs/') ? { answer: { status: 307, headers: { location: path } } } : undefined,
    );
    const { registry } = makeAsker({ localEndpoints: new Map([['contoso.azurecr.io', standIn.url]]) });
    await expect(registry.inspect({ registry: 'contoso.azurecr.io', repository, tag: '1' })).rejects.toMatchObject({
      code: 'answer-not-understood',
    });
    expect(standIn.requests.filter(({ path }) => path.includes('/blobs/'))).toHaveLength(4);
  });
});

test('a registry that nobody named is not called', async () => {
  const listener = await startListener();
  const { registry } = makeAsker({});
  const image = { registry: new URL(listener.url).host, repository, tag: '1' };
  await expect(registry.lookUp(image)).rejects.toMatchObject({ code: 'host-not-allowed', kind: 'permanent' });
  await expect(registry.inspect(image)).rejects.toMatchObject({ code: 'host-not-allowed' });
  expect(listener.seen).toEqual([]);
});

test('a registry without credentials is asked for an anonymous token', async () => {
  const standIn = await startStandIn({ anonymousPull: true });
  const digest = standIn.pushImage({ repository, tag: '1' });
  const registry = new URL(standIn.url).host;
  const asker = makeAsker({ registries: [registry] });
  await expect(asker.registry.lookUp({ registry, repository, tag: '1' })).resolves.toEqual({ digest });
  expect(standIn.requests.map(({ headers }) => headers.authorization?.split(' ')[0])).toEqual([
    undefined,
    undefined,
    'Bearer',
  ]);
});

test('a registry that asks for Basic gets the password', async () => {
  const standIn = await startStandIn({ users: { [user.name]: user.password } });
  const digest = standIn.pushImage({ repository, tag: '1' });
  const answer = { status: 401, headers: { 'www-authenticate': 'Basic realm="Registry"' } };
  standIn.setFaults(({ headers }) => (headers.authorization === undefined ? { answer } : undefined));
  const registry = new URL(standIn.url).host;
  const asker = makeAsker({ registries: [registry], registryCredentials: new Map([[registry, { user }]]) });
  await expect(asker.registry.lookUp({ registry, repository, tag: '1' })).resolves.toEqual({ digest });
  const anonymous = makeAsker({ registries: [registry] });
  await expect(anonymous.registry.lookUp({ registry, repository, tag: '1' })).rejects.toMatchObject({
    code: 'registry-sign-in-failed',
  });
});

test.each([
  ['leaves the digest out of HEAD', { status: 200 }],
  ['does not take HEAD', { status: 405 }],
])('a registry that %s is read instead', async (_name, answer) => {
  const standIn = await startStandIn({ users: { [user.name]: user.password } });
  const digest = standIn.pushImage({ repository, tag: '1' });
  standIn.setFaults(({ method }) => (method === 'HEAD' ? { answer } : undefined));
  const registry = new URL(standIn.url).host;
  const asker = makeAsker({ registries: [registry], registryCredentials: new Map([[registry, { user }]]) });
  await expect(asker.registry.lookUp({ registry, repository, tag: '1' })).resolves.toEqual({ digest });
});

describe('the app’s identity', () => {
  const token = { token: 'entra-token', expiresOnTimestamp: Date.now() + 3_600_000 };

  test('signs in, once for many repositories', async () => {
    const standIn = await startStandIn({ tokens: [token.token] });
    const scopes: (string | string[])[] = [];
    const getToken = (scope: string | string[]) => {
      scopes.push(scope);
      return Promise.resolve(token);
    };
    const endpoint = azure(standIn.url);
    const credential = identityFor(endpoint, () => Promise.resolve({ getToken }));
    const content = makeContent(endpoint, {
      grants: identityGrants(endpoint, credential, Date.now),
      userAgent,
      now: Date.now,
    });
    const signal = AbortSignal.timeout(5_000);
    for (const name of ['shop/api', 'shop/web', 'shop/cart']) {
      const digest = standIn.pushImage({ repository: name, tag: '1' });
      await expect(content.manifest(name, '1', signal)).resolves.toMatchObject({ digest });
    }
    const paths = standIn.requests.map(({ path }) => path);
    expect(paths.filter((path) => path === '/oauth2/exchange')).toHaveLength(1);
    expect(scopes).toEqual(['https://containerregistry.azure.net/.default']);
    const bodies = standIn.requests
      .map(({ body }) => body.toString('utf8'))
      .filter((body) => body.includes(token.token));
    expect(bodies).toHaveLength(1);
  });

  test('that gets no token is registry-sign-in-failed', async () => {
    const standIn = await startStandIn();
    standIn.pushImage({ repository, tag: '1' });
    const endpoint = azure(standIn.url);
    const noToken = new Error('ManagedIdentityCredential: no managed identity endpoint found');
    const credential = identityFor(endpoint, () => Promise.resolve({ getToken: () => Promise.reject(noToken) }));
    const deps = { userAgent, now: Date.now };
    const signal = AbortSignal.timeout(5_000);
    const failure = { code: 'registry-sign-in-failed' };
    await expect(makeAzureMetadata(endpoint, credential, deps).tag(repository, '1', signal)).rejects.toMatchObject(
      failure,
    );
    const content = makeContent(endpoint, { ...deps, grants: identityGrants(endpoint, credential, Date.now) });
    await expect(content.manifest(repository, '1', signal)).rejects.toMatchObject(failure);
  });

  test('of a cloud of its own asks for a token of that cloud', async () => {
    const standIn = await startStandIn({ loginServer: 'contoso.azurecr.us' });
    standIn.pushImage({ repository, tag: '1' });
    const endpoint = { ...azure(standIn.url), registry: 'contoso.azurecr.us', cloud: 'government' } as const;
    const scopes: (string | string[])[] = [];
    const getToken = (scope: string | string[]) => Promise.resolve(scopes.push(scope)).then(() => token);
    const metadata = makeAzureMetadata(endpoint, { getToken }, { userAgent, now: Date.now });
    await expect(metadata.tag(repository, '1', AbortSignal.timeout(5_000))).resolves.toBeDefined();
    expect(scopes).toEqual(['https://management.usgovcloudapi.net/.default']);
  });

  test('is made once, and only when it is asked for', async () => {
    const identity = makeIdentity('00000000-0000-0000-0000-000000000000');
    expect(await identity()).toBe(await identity());
    expect(typeof (await identity()).getToken).toBe('function');
  });

  test.each([
    ['no digest', { tag: { name: '1', createdTime: '2026-01-01T00:00:00Z', lastUpdateTime: '2026-01-01T00:00:00Z' } }],
    ['no digest that is one', { tag: { digest: 'x', lastUpdateTime: '2026-01-01T00:00:00Z' } }],
    ['no time', { tag: { digest: `sha256:${'a'.repeat(64)}` } }],
    ['no time that is one', { tag: { digest: `sha256:${'a'.repeat(64)}`, lastUpdateTime: 'yesterday' } }],
    ['no JSON', Buffer.from('<html>')],
  ])('an answer with %s is not understood', async (_name, body) => {
    const standIn = await startStandIn();
    standIn.setFaults(({ path }) => (path.startsWith('/acr/') ? { answer: { status: 200, body } } : undefined));
    const metadata = makeAzureMetadata(
      azure(standIn.url),
      { getToken: () => Promise.resolve(token) },
      { userAgent, now: Date.now },
    );
    await expect(metadata.tag(repository, '1', AbortSignal.timeout(5_000))).rejects.toMatchObject({
      code: 'answer-not-understood',
    });
  });
});

test.each([
  ['17', 17],
  ['0', 0],
  ['Sat, 21 Nov 2026 10:00:30 GMT', 30],
  ['Sat, 21 Nov 2026 09:00:00 GMT', 0],
  ['soon', undefined],
  ['-5', undefined],
  [null, undefined],
])('Retry-After: %s', (header, seconds) => {
  expect(secondsToWait(header, Date.parse('2026-11-21T10:00:00Z'))).toBe(seconds);
});
