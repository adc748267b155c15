import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Fault, RegistryOptions } from '../../local/registry/registry.ts';
import { refusal } from '../../local/registry/http.ts';
import type { Request } from '../../local/registry/http.ts';
import type { RegistryDeps } from '../../src/lib/azure/registry.ts';
import { makeAsker, startStandIn, userAgent } from '../support/registry.ts';

const repository = 'shop/api';
const labels = { 'com.azure.dev.image.build.builduri': 'vstfs:///Build/Build/1241', empty: '' };
const password = { name: 'robot$reader', password: 'p:a s' };

/** The two ways of asking, each at a stand-in on this machine. */
const ways = [
  {
    way: 'an Azure registry',
    start: async (options: Partial<RegistryOptions> = {}, deps: Partial<RegistryDeps> = {}) => {
      const standIn = await startStandIn({ tokens: ['local-identity'], ...options });
      const registry = 'contoso.azurecr.io';
      return {
        standIn,
        image: { registry, repository },
        ...makeAsker({ localEndpoints: new Map([[registry, standIn.url]]) }, deps),
      };
    },
  },
  {
    way: 'a registry with a password',
    start: async (options: Partial<RegistryOptions> = {}, deps: Partial<RegistryDeps> = {}) => {
      const users = { [password.name]: password.password };
      const standIn = await startStandIn({ users, ...options });
      const registry = new URL(standIn.url).host;
      const registryCredentials = new Map([[registry, { user: password }]]);
      return {
        standIn,
        image: { registry, repository },
        ...makeAsker({ registries: [registry], registryCredentials }, deps),
      };
    },
  },
];

const isTagRequest = ({ path }: Request): boolean => /\/(?:manifests|_tags)\//.test(path);

describe.each(ways)('asked of $way', ({ start, way }) => {
  const isAzure = way.includes('Azure');

  test('a tag has the digest that it points at now', async () => {
    const { standIn, registry, image } = await start();
    const first = standIn.pushImage({ repository, tag: '1.0.0', content: 'first' });
    await expect(registry.lookUp({ ...image, tag: '1.0.0' })).resolves.toMatchObject({ digest: first });
    const second = standIn.pushImage({ repository, tag: '1.0.0', content: 'second' });
    await expect(registry.lookUp({ ...image, tag: '1.0.0' })).resolves.toMatchObject({ digest: second });
    standIn.moveTag(repository, '1.0.0', first);
    await expect(registry.lookUp({ ...image, tag: '1.0.0' })).resolves.toMatchObject({ digest: first });
  });

  test('a tag that is not there is undefined after a few tries', async () => {
    const { standIn, registry, image, slept } = await start();
    standIn.pushImage({ repository, tag: '1.0.0' });
    await expect(registry.lookUp({ ...image, tag: '2.0.0' })).resolves.toBeUndefined();
    expect(slept).toEqual([300, 900, 2_000]);
    await expect(registry.lookUp({ ...image, repository: 'shop/other', tag: '1.0.0' })).resolves.toBeUndefined();
    await expect(registry.inspect({ ...image, tag: '2.0.0' })).resolves.toBeUndefined();
  });

  test('a tag that a lagging replica gets is found', async () => {
    const { standIn, registry, image, slept } = await start();
    const digest = standIn.pushImage({ repository, tag: '1.0.0', lag: 2 });
    await expect(registry.lookUp({ ...image, tag: '1.0.0' })).resolves.toMatchObject({ digest });
    expect(slept).toEqual([300, 900]);
  });

  test('what no registry can have is asked of none', async () => {
    const { standIn, registry, image } = await start();
    await expect(registry.lookUp({ ...image, tag: '../../../oauth2/token?x' })).resolves.toBeUndefined();
    await expect(registry.lookUp({ ...image, repository: '../v2', tag: '1' })).resolves.toBeUndefined();
    await expect(registry.inspect({ ...image, digest: 'sha256:0' })).resolves.toBeUndefined();
    expect(standIn.requests).toEqual([]);
  });

  test.each([
    ['by tag', false, false],
    ['by digest', true, false],
    ['of an index', false, true],
    ['of an index, by digest', true, true],
  ])('labels are read %s', async (_name, byDigest, multiArch) => {
    const { standIn, registry, image } = await start();
    const builtOn = '2026-11-20T10:00:00Z';
    const annotations = { 'org.opencontainers.image.revision': '4f9c'.repeat(10) };
    const digest = standIn.pushImage({ repository, tag: '1.0.0', labels, annotations, builtOn, multiArch });
    const artifact = await registry.inspect(byDigest ? { ...image, digest } : { ...image, tag: '1.0.0' });
    expect(artifact).toMatchObject({ kind: 'image', digest, labels, annotations, builtOn: new Date(builtOn) });
  });

  test('blobs are followed to storage without credentials', async () => {
    const { standIn, registry, image } = await start({ redirectBlobs: true });
    standIn.pushImage({ repository, tag: '1.0.0', labels });
    await expect(registry.inspect({ ...image, tag: '1.0.0' })).resolves.toMatchObject({ labels });
    const stored = standIn.requests.filter(({ path }) => path.startsWith('/storage/'));
    expect(stored.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  test('a chart has its name and version', async () => {
    const { standIn, registry, image } = await start();
    const digest = standIn.pushChart({ repository, name: 'shop', version: '1.2.3+build.7' });
    const artifact = await registry.inspect({ ...image, tag: '1.2.3_build.7' });
    expect(artifact).toMatchObject({
      kind: 'chart',
      digest,
      chart: { name: 'shop', version: '1.2.3+build.7' },
      labels: {},
    });
  });

  test('a signature is no image', async () => {
    const { standIn, registry, image } = await start();
    const { push } = standIn;
    const digest = push.manifest(
      { repository },
      {
        schemaVersion: 2,
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        config: push.blob(repository, 'application/vnd.oci.image.config.v1+json', Buffer.from('{}')),
        layers: [push.blob(repository, 'application/vnd.dev.cosign.simplesigning.v1+json', Buffer.from('{}'))],
      },
    ).digest;
    await expect(registry.inspect({ ...image, digest })).resolves.toMatchObject({ kind: 'other', labels: {} });
  });

  test('an index without images is no image', async () => {
    const { standIn, registry, image } = await start();
    const mediaType = 'application/vnd.oci.image.index.v1+json';
    standIn.push.manifest({ repository, tag: 'x' }, { mediaType, schemaVersion: 2, manifests: [] });
    await expect(registry.inspect({ ...image, tag: 'x' })).resolves.toMatchObject({ kind: 'other' });
  });

  test('one outage is tried over, and the token is kept', async () => {
    const { standIn, registry, image, slept } = await start();
    standIn.pushImage({ repository, tag: '1.0.0' });
    let left = 2;
    standIn.setFaults((request) => {
      if (!isTagRequest(request) || left === 0) return undefined;
      left -= 1;
      return left === 1 ? { answer: refusal(503, 'UNAVAILABLE', 'later') } : { drop: true };
    });
    await expect(registry.lookUp({ ...image, tag: '1.0.0' })).resolves.toBeDefined();
    expect(slept).toEqual([200, 800]);
    const before = standIn.requests.length;
    await registry.lookUp({ ...image, tag: '1.0.0' });
    expect(standIn.requests.length).toBe(before + 1);
  });

  test('a registry that does not answer is given up on', async () => {
    const { standIn, registry, image, slept } = await start({}, { limits: { tryMs: 300, lastTryMs: 0 } });
    standIn.setFaults(() => ({ delayMs: 60_000 }));
    const failure = { code: 'registry-unavailable', kind: 'retryable' };
    await expect(registry.lookUp({ ...image, tag: '1.0.0' })).rejects.toMatchObject(failure);
    await expect(registry.inspect({ ...image, tag: '1.0.0' })).rejects.toMatchObject(failure);
    expect(slept).toEqual([]);
  });

  test('what asks to be left alone is not asked again', async () => {
    const { standIn, registry, image, slept } = await start();
    standIn.pushImage({ repository, tag: '1.0.0' });
    const answer = refusal(503, 'UNAVAILABLE', 'later', { 'retry-after': '120' });
    standIn.setFaults((request) => (isTagRequest(request) ? { answer } : undefined));
    const failure = { code: 'registry-unavailable', retryAfterSeconds: 120 };
    await expect(registry.lookUp({ ...image, tag: '1.0.0' })).rejects.toMatchObject(failure);
    expect(slept).toEqual([]);
  });

  test('an index in an index is read, and one that never ends is not', async () => {
    const { standIn, registry, image } = await start();
    const mediaType = 'application/vnd.oci.image.index.v1+json';
    const wrap = (digest: string) =>
      standIn.push.manifest({ repository }, { mediaType, manifests: [{ digest }] }).digest;
    const inner = wrap(standIn.pushImage({ repository, labels }));
    await expect(registry.inspect({ ...image, digest: wrap(inner) })).resolves.toMatchObject({ kind: 'image', labels });
    await expect(registry.inspect({ ...image, digest: wrap(wrap(inner)) })).rejects.toMatchObject({
      code: 'registry-content-invalid',
    });
  });

  test.each<[string, Fault, object]>([
    ['is down', { drop: true }, { code: 'registry-unavailable', kind: 'retryable' }],
    ['fails', { answer: refusal(500, 'UNKNOWN', 'oops') }, { code: 'registry-unavailable' }],
    [
      'throttles',
      { answer: refusal(429, 'TOOMANYREQUESTS', 'slow down', { 'retry-after': '17' }) },
      { code: 'throttled', kind: 'retryable', retryAfterSeconds: 17 },
    ],
    [
      'does not let us in',
      { answer: refusal(403, 'DENIED', 'no') },
      { code: 'registry-sign-in-failed', kind: 'retryable' },
    ],
    [
      'answers 401 without a challenge',
      { answer: refusal(401, 'UNAUTHORIZED', 'no') },
      { code: 'registry-sign-in-failed' },
    ],
    [
      'answers nonsense',
      { answer: refusal(418, 'TEAPOT', 'no') },
      { code: 'answer-not-understood', kind: 'retryable' },
    ],
    [
      'redirects',
      { answer: { status: 307, headers: { location: 'http://127.0.0.1:9/' } } },
      { code: 'answer-not-understood' },
    ],
  ])('a registry that %s is a failure', async (_name, fault, expected) => {
    const { standIn, registry, image } = await start();
    standIn.pushImage({ repository, tag: '1.0.0' });
    standIn.setFaults((request) => (isTagRequest(request) ? fault : undefined));
    await expect(registry.lookUp({ ...image, tag: '1.0.0' })).rejects.toMatchObject(expected);
    await expect(registry.inspect({ ...image, tag: '1.0.0' })).rejects.toMatchObject(expected);
  });

  test.each<[string, Fault, object]>([
    ['is down', { drop: true }, { code: 'registry-unavailable' }],
    ['refuses', { answer: refusal(401, 'UNAUTHORIZED', 'no') }, { code: 'registry-sign-in-failed' }],
    [
      'throttles',
      { answer: refusal(429, 'X', 'no', { 'retry-after': '5' }) },
      { code: 'throttled', retryAfterSeconds: 5 },
    ],
  ])('a token service that %s is a failure', async (_name, fault, expected) => {
    const { standIn, registry, image } = await start();
    standIn.pushImage({ repository, tag: '1.0.0' });
    standIn.setFaults(({ path }) => (path.startsWith('/oauth2/') ? fault : undefined));
    await expect(registry.lookUp({ ...image, tag: '1.0.0' })).rejects.toMatchObject(expected);
    await expect(registry.inspect({ ...image, tag: '1.0.0' })).rejects.toMatchObject(expected);
  });

  test('nobody listening is registry-unavailable', async () => {
    const { standIn, registry, image } = await start();
    await standIn.close();
    await expect(registry.lookUp({ ...image, tag: '1.0.0' })).rejects.toMatchObject({ code: 'registry-unavailable' });
  });

  test('credentials that do not count are registry-sign-in-failed', async () => {
    const { standIn, registry, image } = await start({ tokens: ['another'], users: { another: 'x' } });
    standIn.pushImage({ repository, tag: '1.0.0' });
    const failure = { code: 'registry-sign-in-failed' };
    await expect(registry.lookUp({ ...image, tag: '1.0.0' })).rejects.toMatchObject(failure);
    await expect(registry.inspect({ ...image, tag: '1.0.0' })).rejects.toMatchObject(failure);
  });

  test('a token that has expired is renewed', async () => {
    const { standIn, registry, image } = await start({ accessTokenSeconds: -1 });
    standIn.pushImage({ repository, tag: '1.0.0', labels });
    await expect(registry.inspect({ ...image, tag: '1.0.0' })).rejects.toMatchObject({
      code: 'registry-sign-in-failed',
    });
    const living = await start({ accessTokenSeconds: 1 });
    living.standIn.pushImage({ repository, tag: '1.0.0', labels });
    const ask = () => living.registry.inspect({ ...living.image, tag: '1.0.0' });
    const tokens = () => living.standIn.requests.filter(({ path }) => path === '/oauth2/token').length;
    await ask();
    const before = tokens();
    // The adapter lets go of a token 10 s before it expires, so this one is never used twice.
    await ask();
    expect(tokens()).toBeGreaterThan(before);
  });

  test('who is let in later is not held up by the tokens of before', async () => {
    const { standIn, registry, image } = await start();
    standIn.pushImage({ repository, tag: '1.0.0' });
    const ask = () =>
      Promise.all([registry.lookUp({ ...image, tag: '1.0.0' }), registry.inspect({ ...image, tag: '1.0.0' })]);
    await ask();
    const old = new Set(standIn.requests.flatMap(({ headers }) => headers.authorization ?? []));
    const lacks = ({ headers: { authorization } }: Request) => authorization !== undefined && old.has(authorization);
    const answer = refusal(403, 'DENIED', 'the token lacks a role');
    standIn.setFaults((request) => (isTagRequest(request) && lacks(request) ? { answer } : undefined));
    await expect(ask()).rejects.toMatchObject({ code: 'registry-sign-in-failed' });
    // Both questions have been refused by then, each with its own token.
    await expect
      .poll(() =>
        ask().then(
          () => 'let in',
          () => 'refused',
        ),
      )
      .toBe('let in');
  });

  test('a config or a platform that is missing is told apart from an outage', async () => {
    const { standIn, registry, image } = await start();
    const digest = standIn.pushImage({ repository, tag: '1.0.0', labels });
    const { config } = JSON.parse(await manifestText(standIn.url, digest)) as { config: { digest: string } };
    standIn.deleteBlob(repository, config.digest);
    const missing = { code: 'registry-content-missing', kind: 'retryable' };
    await expect(registry.inspect({ ...image, tag: '1.0.0' })).rejects.toMatchObject(missing);
  });

  test('a platform that this replica has not got is passed over', async () => {
    const { standIn, registry, image } = await start();
    const digest = standIn.pushImage({ repository, tag: '1.0.0', labels, multiArch: true });
    const { manifests } = JSON.parse(await manifestText(standIn.url, digest)) as { manifests: { digest: string }[] };
    const [amd64, arm64] = manifests.map(({ digest }) => digest);
    standIn.deleteManifest(repository, amd64 ?? '');
    await expect(registry.inspect({ ...image, digest })).resolves.toMatchObject({ kind: 'image', labels });
    standIn.deleteManifest(repository, arm64 ?? '');
    await expect(registry.inspect({ ...image, digest })).rejects.toMatchObject({ code: 'registry-content-missing' });
  });

  test.each([
    ['manifest', (path: string) => path.includes('/v2/') && path.includes('/manifests/')],
    ['config', (path: string) => path.includes('/blobs/')],
  ])('a %s with other bytes than its digest says is not believed', async (_name, matches) => {
    const { standIn, registry, image } = await start();
    const digest = standIn.pushImage({ repository, tag: '1.0.0', labels });
    const forged = Buffer.from('{"config":{"Labels":{"forged":"1"}}}');
    // The forger says the digest of his own bytes.
    const digests = { 'docker-content-digest': `sha256:${createHash('sha256').update(forged).digest('hex')}` };
    const answer = { status: 200, headers: digests, body: forged };
    standIn.setFaults(({ path, headers }) =>
      headers.authorization !== undefined && matches(path) ? { answer } : undefined,
    );
    await expect(registry.inspect({ ...image, digest })).rejects.toMatchObject({ code: 'answer-not-understood' });
  });

  test('a body without end is cut off', async () => {
    const { standIn, registry, image } = await start();
    const digest = standIn.pushImage({ repository, tag: '1.0.0', labels });
    const answer = { status: 200, body: Buffer.alloc(5 * 1024 * 1024) };
    standIn.setFaults(({ path }) => (path.includes('/blobs/') ? { answer } : undefined));
    const invalid = { code: 'registry-content-invalid', kind: 'permanent' };
    await expect(registry.inspect({ ...image, digest })).rejects.toMatchObject(invalid);
  });

  test('every request says who asks', async () => {
    const { standIn, registry, image } = await start();
    standIn.pushImage({ repository, tag: '1.0.0' });
    await registry.lookUp({ ...image, tag: '1.0.0' });
    const asked = standIn.requests.filter(isTagRequest).map(({ headers }) => headers['user-agent'] ?? '');
    expect(asked.every((agent) => agent.startsWith(userAgent))).toBe(true);
  });

  test('times are the registry’s own, or not there at all', async () => {
    const clock = { now: new Date('2026-11-20T10:00:00.123Z') };
    const { standIn, registry, image } = await start({ now: () => new Date(clock.now), accessTokenSeconds: 1e9 });
    standIn.pushImage({ repository, tag: '1.0.0', content: 'first', builtOn: '2030-01-01T00:00:00Z' });
    clock.now = new Date('2026-11-20T11:00:00Z');
    const digest = standIn.pushImage({ repository, tag: '1.0.0', content: 'second', builtOn: '2030-01-01T00:00:00Z' });
    clock.now = new Date('2026-11-20T12:00:00Z');
    standIn.moveTag(repository, 'latest', digest);
    const [tag, moved, artifact] = await Promise.all([
      registry.lookUp({ ...image, tag: '1.0.0' }),
      registry.lookUp({ ...image, tag: 'latest' }),
      registry.inspect({ ...image, tag: 'latest' }),
    ]);
    const expected = isAzure
      ? ['2026-11-20T11:00:00.000Z', '2026-11-20T12:00:00.000Z', '2026-11-20T11:00:00.000Z']
      : [];
    const times = [tag?.lastUpdateTime, moved?.lastUpdateTime, artifact?.createdOn].flatMap(
      (time) => time?.toISOString() ?? [],
    );
    expect(times).toEqual(expected);
  });
});

/** The manifest as the stand-in has it. */
async function manifestText(url: string, digest: string): Promise<string> {
  const authorization = `Basic ${Buffer.from(`${password.name}:${password.password}`).toString('base64')}`;
  const response = await fetch(`${url}/v2/${repository}/manifests/${digest}`, { headers: { authorization } });
  return response.text();
}
