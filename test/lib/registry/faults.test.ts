import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { refusal } from '../../../local/registry/http.ts';
import type { Request } from '../../../local/registry/http.ts';
import type { Fault } from '../../../local/registry/registry.ts';
import { eventually } from '../../support/eventually.ts';
import { isTagRequest, labels, manifestText, repository, ways } from '../../support/registry-ways.ts';

describe.each(ways)('$way with faults', ({ start }) => {
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
    expect(slept).toEqual([]);
    // The next question waits for no time limit.
    const asked = standIn.requests.length;
    await expect(registry.inspect({ ...image, tag: '1.0.0' })).rejects.toMatchObject(failure);
    expect(standIn.requests.length).toBe(asked);
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
    ['is not there', { answer: refusal(404, 'NOT_FOUND', 'no') }, { code: 'answer-not-understood' }],
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
    await eventually(ask);
  });

  test('a config or a platform that is missing is told apart from an outage', async () => {
    const { standIn, registry, image } = await start();
    const digest = standIn.pushImage({ repository, tag: '1.0.0', labels });
    const { config } = JSON.parse(await manifestText(standIn.url, digest)) as { config: { digest: string } };
    standIn.deleteBlob(repository, config.digest);
    const missing = { code: 'registry-content-missing', kind: 'retryable' };
    await expect(registry.inspect({ ...image, tag: '1.0.0' })).rejects.toMatchObject(missing);
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
});
