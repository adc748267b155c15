import { createPipelineRequest } from '@azure/core-rest-pipeline';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { sdkHttpClient } from '../../../src/lib/registry/acr/http.ts';
import { followBlobRedirects } from '../../../src/lib/registry/oci/redirect.ts';
import { makeAsker, startStandIn } from '../../support/registry.ts';

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
    const { registry } = makeAsker({ localEndpoints: { 'contoso.azurecr.io': standIn.url } });
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
    'http://[',
    'http://a@127.0.0.1/',
    'http://:b@127.0.0.1/',
  ])('for a blob, from this machine to %s, is not followed', async (location) => {
    const standIn = await startStandIn();
    standIn.pushImage({ repository, tag: '1' });
    standIn.setFaults(({ path }) =>
      path.includes('/blobs/') ? { answer: { status: 307, headers: { location } } } : undefined,
    );
    const { registry } = makeAsker({ localEndpoints: { 'contoso.azurecr.io': standIn.url } });
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

  test('for a blob, to nowhere, is not followed', async () => {
    const answer = { status: 302, headers: new Headers(), body: Buffer.alloc(0) };
    const followed = followBlobRedirects(answer, azure('https://contoso.azurecr.io'), AbortSignal.timeout(5_000));
    await expect(followed).rejects.toMatchObject({ code: 'host-not-allowed' });
  });

  test('for a blob, in circles, ends', async () => {
    const standIn = await startStandIn();
    standIn.pushImage({ repository, tag: '1' });
    standIn.setFaults(({ path }) =>
      path.includes('/blobs/') ? { answer: { status: 307, headers: { location: path } } } : undefined,
    );
    const { registry } = makeAsker({ localEndpoints: { 'contoso.azurecr.io': standIn.url } });
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
