import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { startStandIn } from '../../support/registry.ts';

const repository = 'shop/api';
const basic = (name: string, password: string) => `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
const digestOf = (bytes: Buffer | string) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

async function start(options: Parameters<typeof startStandIn>[0] = {}) {
  const standIn = await startStandIn({ users: { ann: 'secret' }, ...options });
  const ask = (method: string, path: string, init: RequestInit = {}) =>
    fetch(`${standIn.url}${path}`, {
      method,
      redirect: 'manual',
      ...init,
      headers: { authorization: basic('ann', 'secret'), ...(init.headers as Record<string, string> | undefined) },
    });
  return { standIn, ask };
}

describe('signing in', () => {
  test('begins with a challenge that names the token service and the scope', async () => {
    const { standIn } = await start();
    const response = await fetch(`${standIn.url}/v2/${repository}/manifests/1.0.0`);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe(
      `Bearer realm="${standIn.url}/oauth2/token",service="contoso.azurecr.io",scope="repository:${repository}:pull"`,
    );
  });

  test.each([
    ['the repository it is for', `repository:${repository}:pull`, 200],
    ['another repository', 'repository:shop/web:pull', 401],
    ['another action', `repository:${repository}:metadata_read`, 401],
    ['nothing', '', 401],
  ])('gives a token for %s', async (_name, scope, status) => {
    const { standIn } = await start();
    standIn.pushImage({ repository, tag: '1.0.0' });
    const query = new URLSearchParams({ service: 'contoso.azurecr.io', scope });
    const headers = { authorization: basic('ann', 'secret') };
    const token = await fetch(`${standIn.url}/oauth2/token?${query.toString()}`, { headers });
    const { access_token } = (await token.json()) as { access_token: string };
    const response = await fetch(`${standIn.url}/v2/${repository}/manifests/1.0.0`, {
      headers: { authorization: `Bearer ${access_token}` },
    });
    expect(response.status).toBe(status);
  });

  test.each([
    ['a wrong password', { authorization: basic('ann', 'wrong') }],
    ['a name of JavaScript', { authorization: basic('constructor', 'x') }],
    ['nobody', {}],
  ])('refuses %s', async (_name, headers) => {
    const { standIn } = await start();
    const response = await fetch(`${standIn.url}/oauth2/token?service=contoso.azurecr.io`, { headers });
    expect(response.status).toBe(401);
  });

  test.each([
    'x.y.z',
    `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"access":[]}').toString('base64url')}.`,
  ])('refuses the forged token %s', async (token) => {
    const { standIn } = await start();
    const response = await fetch(`${standIn.url}/v2/`, { headers: { authorization: `Bearer ${token}` } });
    expect(response.status).toBe(401);
  });
});

describe('pushing', () => {
  const config = '{}';
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: digestOf(config), size: config.length },
    layers: [],
  });
  const put = { headers: { 'content-type': 'application/vnd.oci.image.manifest.v1+json' }, body: manifest };

  test('in one piece, in chunks, and by mounting', async () => {
    const { ask } = await start();
    const whole = await ask('POST', `/v2/${repository}/blobs/uploads/?digest=${digestOf(config)}`, { body: config });
    expect(whole.status).toBe(201);
    const begun = await ask('POST', `/v2/${repository}/blobs/uploads/`);
    const location = begun.headers.get('location') ?? '';
    const first = await ask('PATCH', location, { body: 'hello ', headers: { 'content-range': '0-5' } });
    expect([first.status, first.headers.get('range')]).toEqual([202, '0-5']);
    const gap = await ask('PATCH', location, { body: '!', headers: { 'content-range': '9-9' } });
    expect([gap.status, gap.headers.get('range')]).toEqual([416, '0-5']);
    const wrong = await ask('PUT', `${location}?digest=${digestOf('other')}`, { body: 'world' });
    expect(wrong.status).toBe(400);
    const mounted = await ask('POST', `/v2/other/blobs/uploads/?mount=${digestOf(config)}&from=${repository}`);
    expect(mounted.status).toBe(201);
    const read = await ask('GET', `/v2/other/blobs/${digestOf(config)}`);
    expect(await read.text()).toBe(config);
  });

  test('a manifest goes under its tag and its digest', async () => {
    const { ask } = await start();
    expect((await ask('PUT', `/v2/${repository}/manifests/1`, put)).status).toBe(400);
    await ask('POST', `/v2/${repository}/blobs/uploads/?digest=${digestOf(config)}`, { body: config });
    const pushed = await ask('PUT', `/v2/${repository}/manifests/1`, put);
    expect([pushed.status, pushed.headers.get('docker-content-digest')]).toEqual([201, digestOf(manifest)]);
    for (const reference of ['1', digestOf(manifest)]) {
      const read = await ask('GET', `/v2/${repository}/manifests/${reference}`);
      expect(await read.text()).toBe(manifest);
      const head = await ask('HEAD', `/v2/${repository}/manifests/${reference}`);
      expect([head.headers.get('docker-content-digest'), head.headers.get('content-length')]).toEqual([
        digestOf(manifest),
        String(manifest.length),
      ]);
    }
  });

  test.each([
    ['another digest', digestOf('other'), manifest],
    ['a tag that is none', '-x', manifest],
    ['no JSON', '1', 'hello'],
    ['a child that is not there', '1', JSON.stringify({ manifests: [{ digest: digestOf('x') }] })],
  ])('a manifest with %s is refused', async (_name, reference, body) => {
    const { ask } = await start();
    expect((await ask('PUT', `/v2/${repository}/manifests/${reference}`, { ...put, body })).status).toBe(400);
  });

  test('what refers to an image is found', async () => {
    const { standIn, ask } = await start();
    const digest = standIn.pushImage({ repository, tag: '1.0.0' });
    const mediaType = 'application/vnd.oci.image.manifest.v1+json';
    const subject = { mediaType, digest, size: 1 };
    const signature = standIn.push.manifest(
      { repository },
      { mediaType, artifactType: 'application/x.signature', subject },
    );
    const answer = await ask('GET', `/v2/${repository}/referrers/${digest}?artifactType=application/x.signature`);
    expect(await answer.json()).toMatchObject({ manifests: [{ digest: signature.digest }] });
    const other = await ask('GET', `/v2/${repository}/referrers/${digest}?artifactType=text/plain`);
    expect(await other.json()).toMatchObject({ manifests: [] });
  });
});

test('tags are listed page by page', async () => {
  const { standIn, ask } = await start();
  for (const tag of ['c', 'a', 'b']) standIn.pushImage({ repository, tag });
  const first = await ask('GET', `/v2/${repository}/tags/list?n=2`);
  expect([await first.json(), first.headers.get('link')]).toEqual([
    { name: repository, tags: ['a', 'b'] },
    `</v2/${repository}/tags/list?n=2&last=b>; rel="next"`,
  ]);
  const second = await ask('GET', `/v2/${repository}/tags/list?n=2&last=b`);
  expect([await second.json(), second.headers.get('link')]).toEqual([{ name: repository, tags: ['c'] }, null]);
});

test.each([
  ['GET', '/v2/shop/api/manifests/none', 404],
  ['GET', '/v2/none/tags/list', 404],
  ['POST', '/v2/shop/api/manifests/1', 405],
  ['PATCH', '/acr/v1/shop/api/_tags/1', 405],
  ['GET', '/v2/../../etc/passwd', 404],
  ['GET', '/%ff', 400],
  ['GET', '/', 404],
])('%s %s is answered with %i', async (method, path, status) => {
  const { standIn, ask } = await start({ users: undefined });
  standIn.pushImage({ repository, tag: '1' });
  const response = await ask(method, path, { headers: { authorization: basic('any', 'body') } });
  const scoped = response.status === 401 ? await withToken(standIn.url, response, path, method) : response;
  expect(scoped.status).toBe(status);
});

test('storage refuses a second way of signing in, and the redirect works without', async () => {
  const { standIn, ask } = await start({ redirectBlobs: true });
  const { digest } = standIn.push.blob(repository, 'text/plain', Buffer.from('hello'));
  const redirect = await ask('GET', `/v2/${repository}/blobs/${digest}`);
  const location = redirect.headers.get('location') ?? '';
  expect(redirect.status).toBe(307);
  expect((await fetch(location, { headers: { authorization: basic('ann', 'secret') } })).status).toBe(400);
  expect(await (await fetch(location)).text()).toBe('hello');
});

test('what is moved or taken away has to be there', async () => {
  const { standIn } = await start();
  const digest = standIn.pushImage({ repository, tag: '1' });
  expect(() => standIn.deleteTag(repository, '2')).toThrow(Error);
  expect(() => standIn.moveTag(repository, '2', digestOf('x'))).toThrow(Error);
  expect(() => standIn.moveTag('none', '2', digest)).toThrow(Error);
  expect(() => standIn.deleteBlob(repository, digest)).toThrow(Error);
});

test('a closed registry ends what it is answering', async () => {
  const { standIn, ask } = await start();
  standIn.setFaults(() => ({ delayMs: 60_000 }));
  const asked = ask('GET', '/v2/').then(
    () => 'answered',
    () => 'ended',
  );
  await eventually(() => expect(standIn.requests).toHaveLength(1));
  await standIn.close();
  expect(await asked).toBe('ended');
});

/** Answers a challenge for what Basic authentication alone does not open. */
async function withToken(url: string, challenge: Response, path: string, method: string): Promise<Response> {
  const scope = /scope="([^"]+)"/.exec(challenge.headers.get('www-authenticate') ?? '')?.[1] ?? '';
  const query = new URLSearchParams({ service: 'contoso.azurecr.io', scope });
  const token = await fetch(`${url}/oauth2/token?${query.toString()}`, {
    headers: { authorization: basic('any', 'body') },
  });
  const { access_token } = (await token.json()) as { access_token: string };
  return fetch(`${url}${path}`, { method, headers: { authorization: `Bearer ${access_token}` } });
}
