import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeArgoCdApi } from '../../../src/lib/argocd/argocd-api.ts';
import { serveOnLoopback } from '../../support/loopback-server.ts';
import type { LoopbackServer } from '../../support/loopback-server.ts';

const token = 'account-token';
const application = readFileSync(
  join(import.meta.dirname, '../../local/argocd/fixtures/applications/succeeded.json'),
  'utf8',
);

let server: LoopbackServer;
let asked: IncomingMessage[] = [];
let bodies: string[] = [];
let answer: (response: ServerResponse) => void;

beforeAll(async () => {
  server = await serveOnLoopback(async (request, response) => {
    asked.push(request);
    bodies.push(await text(request));
    answer(response);
  });
});
beforeEach(() => {
  [asked, bodies] = [[], []];
  answer = (response) => response.end(application);
});
afterAll(() => server.close());

const now = () => new Date('2026-11-20T12:00:00Z');

function api(timeoutMs = 10_000) {
  const access = { url: server.url, publicUrl: 'https://argocd.contoso.example', token };
  return makeArgoCdApi({ instances: new Map([['', access]]), now, timeoutMs });
}

function reply(status: number, body = '', headers: Record<string, string> = {}) {
  answer = (response) => response.writeHead(status, headers).end(body);
}

const get = (timeoutMs?: number) => api(timeoutMs).getApplication('argocd/orders-dev');

test('an application is asked for with the token, and read as its notification', async () => {
  await expect(get()).resolves.toMatchObject({
    kind: 'sync-result',
    application: { namespace: 'argocd', name: 'orders-dev' },
    argocdUrl: 'https://argocd.contoso.example',
    sync: { status: 'Synced' },
  });
  expect(asked.map(({ method, url, headers }) => [method, url, headers.authorization])).toEqual([
    ['GET', '/api/v1/applications/orders-dev?appNamespace=argocd', `Bearer ${token}`],
  ]);
});

test('an application that Argo CD has not looked at yet', async () => {
  reply(200, JSON.stringify({ metadata: { name: 'orders-dev', namespace: 'argocd' }, spec: {} }));
  await expect(get()).resolves.toBeUndefined();
});

test('a refresh is a read with the token, and an answer that is no application is a failure', async () => {
  await api().refresh('argocd/orders-dev');
  expect(asked.map(({ method, url, headers }) => [method, url, headers.authorization])).toEqual([
    ['GET', '/api/v1/applications/orders-dev?appNamespace=argocd&refresh=normal', `Bearer ${token}`],
  ]);
  reply(200, '<html>Argo CD</html>');
  await expect(api().refresh('argocd/orders-dev')).rejects.toMatchObject({ code: 'answer-not-understood' });
  reply(403, JSON.stringify({ message: 'permission denied' }));
  await expect(api().refresh('argocd/orders-dev')).rejects.toMatchObject({ code: 'argocd-permission-denied' });
});

test('the holder of an application is refreshed: the parent of its ApplicationSet, by its names', async () => {
  const ownerReferences = [{ kind: 'ApplicationSet', name: 'orders' }];
  const annotations = { 'argocd.argoproj.io/tracking-id': 'team_apps:argoproj.io/ApplicationSet:argocd/orders' };
  answer = (response) => {
    const isSet = asked.at(-1)?.url?.startsWith('/api/v1/applicationsets/') === true;
    const metadata = { name: 'orders', namespace: 'argocd', ...(isSet ? { annotations } : { ownerReferences }) };
    response.end(JSON.stringify({ metadata }));
  };
  await api().refreshHolder('argocd/orders-dev');
  expect(asked.map(({ url }) => url)).toEqual([
    '/api/v1/applications/orders-dev?appNamespace=argocd',
    '/api/v1/applicationsets/orders?appsetNamespace=argocd',
    '/api/v1/applications/apps?appNamespace=team&refresh=normal',
  ]);
});

const ofProject = (project: string) =>
  JSON.stringify({
    ...(JSON.parse(application) as object),
    spec: { project, source: { repoURL: 'https://x.example' } },
  });

describe('the project of an application, once it is known', () => {
  test('is sent with reads, refreshes and syncs', async () => {
    answer = (response) => response.end(ofProject('shop & co'));
    const argoCd = api();
    await argoCd.getApplication('argocd/orders-dev');
    await argoCd.refresh('argocd/orders-dev');
    await argoCd.startSync('argocd/orders-dev', { prune: true });
    reply(200, JSON.stringify({ nodes: [] }));
    await argoCd.getResources('argocd/orders-dev');
    const known = 'appNamespace=argocd&project=shop%20%26%20co';
    expect(asked.map(({ url }) => url)).toEqual([
      '/api/v1/applications/orders-dev?appNamespace=argocd',
      `/api/v1/applications/orders-dev?${known}&refresh=normal`,
      '/api/v1/applications/orders-dev/sync',
      `/api/v1/applications/orders-dev/resource-tree?${known}`,
    ]);
    expect(JSON.parse(bodies[2] ?? '')).toEqual({
      name: 'orders-dev',
      appNamespace: 'argocd',
      project: 'shop & co',
      prune: true,
    });
    // Another namespace has other applications.
    reply(200, application);
    await argoCd.getApplication('team/orders-dev');
    expect(asked.at(-1)?.url).toBe('/api/v1/applications/orders-dev?appNamespace=team');
  });

  test.each([403, 404])(
    'is asked without it after %i: the application has moved to another project',
    async (status) => {
      answer = (response) => response.end(ofProject('before'));
      const argoCd = api();
      await argoCd.getApplication('argocd/orders-dev');
      answer = (response) =>
        asked.at(-1)?.url?.includes('project=before') === true
          ? response.writeHead(status).end('{"message":"no"}')
          : response.end(ofProject('after'));
      await argoCd.getApplication('argocd/orders-dev');
      await argoCd.getApplication('argocd/orders-dev');
      expect(asked.map(({ url }) => /project=(\w+)/.exec(url ?? '')?.[1])).toEqual([
        undefined,
        'before',
        undefined,
        'after',
      ]);
    },
  );

  test('is asked without it only once: an application that is gone stays so', async () => {
    answer = (response) => response.end(ofProject('before'));
    const argoCd = api();
    await argoCd.getApplication('argocd/orders-dev');
    reply(404, '{"message":"not found"}');
    await expect(argoCd.getApplication('argocd/orders-dev')).rejects.toMatchObject({
      code: 'argocd-application-not-found',
    });
    expect(asked).toHaveLength(3);
  });
});

test('the holder of an application is read with its state, by its whole name', async () => {
  const annotations = { 'argocd.argoproj.io/tracking-id': 'apps:argoproj.io/Application:argocd/orders-dev' };
  answer = (response) =>
    response.end(
      asked.at(-1)?.url?.includes('/apps') === true
        ? application.replaceAll('"orders-dev"', '"apps"')
        : JSON.stringify({ metadata: { name: 'orders-dev', namespace: 'argocd', annotations } }),
    );
  expect(await api().getHolder('argocd/orders-dev')).toMatchObject({
    application: 'argocd/apps',
    result: { kind: 'sync-result', syncPolicy: expect.any(Object) as unknown },
  });
  reply(200, JSON.stringify({ metadata: { name: 'orders-dev', namespace: 'argocd' } }));
  expect(await api().getHolder('argocd/orders-dev')).toBeUndefined();
});

test('an application without a holder is refreshed itself', async () => {
  reply(200, JSON.stringify({ metadata: { name: 'orders-dev', namespace: 'argocd' } }));
  await api().refreshHolder('argocd/orders-dev');
  expect(asked.at(-1)?.url).toBe('/api/v1/applications/orders-dev?appNamespace=argocd&refresh=normal');
});

const startSync = () => api().startSync('team/orders-dev', { prune: true, revision: 'c1' });

describe('a sync', () => {
  test('is requested at the revision, as JSON with the token', async () => {
    await startSync();
    expect(bodies.map((body) => JSON.parse(body) as unknown)).toEqual([
      { name: 'orders-dev', appNamespace: 'team', prune: true, revision: 'c1' },
    ]);
    expect(
      asked.map(({ method, url, headers }) => [method, url, headers.authorization, headers['content-type']]),
    ).toEqual([['POST', '/api/v1/applications/orders-dev/sync', `Bearer ${token}`, 'application/json']]);
  });

  test.each([
    [403, 'cannot sync: blocked by sync window', 'argocd-sync-refused'],
    [403, 'permission denied: applications, sync, default/orders-dev, sub: tagrelay', 'argocd-sync-refused'],
    [400, 'Cannot sync to c1: auto-sync currently set to main', 'argocd-sync-refused'],
    [400, 'error setting app operation: another operation is already in progress', 'argocd-operation-running'],
    [401, 'invalid session', 'argocd-sign-in-failed'],
    [503, '', 'argocd-unavailable'],
    [302, '', 'answer-not-understood'],
  ])('answered with %i %s', async (status, message, code) => {
    reply(status, JSON.stringify({ message }), status === 302 ? { location: `${server.url}/elsewhere` } : {});
    await expect(startSync()).rejects.toMatchObject({ code, message: expect.stringContaining(message) as unknown });
    expect(asked).toHaveLength(1);
  });
});

test('the right to sync is tried for both forms of the object', async () => {
  const own = JSON.stringify({ metadata: { name: 'orders-dev' }, spec: { project: 'orders' } });
  answer = (response) => {
    const url = asked.at(-1)?.url ?? '';
    response.end(url.includes('/can-i/') ? JSON.stringify({ value: url.includes('/team/') ? 'yes' : 'no' }) : own);
  };
  expect(await api().maySync('team/orders-dev')).toEqual({ isAllowed: true, object: 'orders/team/orders-dev' });
  expect(await api().maySync('argocd/orders-dev')).toEqual({ isAllowed: false, object: 'orders/orders-dev' });
});

test('only instances with a URL are known', () => {
  expect(api().knows('argocd/orders-dev')).toBe(true);
  expect(api().knows('weu/argocd/orders-dev')).toBe(false);
});

describe('an answer that is none', () => {
  test.each([
    [401, 'argocd-sign-in-failed'],
    [403, 'argocd-permission-denied'],
    [404, 'argocd-application-not-found'],
    [408, 'argocd-unavailable'],
    [429, 'throttled'],
    [500, 'argocd-unavailable'],
    [503, 'argocd-unavailable'],
    [400, 'answer-not-understood'],
  ])('%i', async (status, code) => {
    reply(status, JSON.stringify({ error: 'x', code: 7, message: 'permission denied:\napplications' }));
    await expect(get()).rejects.toMatchObject({
      code,
      message: expect.stringContaining('permission denied: applications.') as unknown,
    });
  });

  test('names how long to wait', async () => {
    reply(503, '', { 'retry-after': '7' });
    await expect(get()).rejects.toMatchObject({ code: 'argocd-unavailable', retryAfterSeconds: 7 });
  });

  test('a redirect is not followed: the token stays here', async () => {
    reply(307, '', { location: `${server.url}/elsewhere` });
    await expect(get()).rejects.toMatchObject({ code: 'answer-not-understood' });
    expect(asked).toHaveLength(1);
  });

  test.each([
    ['a page', '<html>Argo CD</html>'],
    ['another object', '{"items": []}'],
    ['an application of no name', '{"metadata": {"namespace": "argocd"}, "spec": {}}'],
  ])('%s', async (_name, body) => {
    reply(200, body);
    await expect(get()).rejects.toMatchObject({ code: 'answer-not-understood' });
  });

  test('a body without end is not read to the end', async () => {
    answer = (response) => {
      const megabyte = Buffer.alloc(1024 * 1024, ' ');
      const pump = (): void => void (response.destroyed || response.write(megabyte, () => setImmediate(pump)));
      pump();
    };
    await expect(get()).rejects.toMatchObject({ code: 'answer-not-understood' });
  });

  test('silence, and a connection that breaks', async () => {
    answer = () => undefined;
    await expect(get(50)).rejects.toMatchObject({ code: 'argocd-unavailable' });
    answer = (response) => response.destroy();
    await expect(get()).rejects.toMatchObject({ code: 'argocd-unavailable' });
  });

  test('is no place for the token', async () => {
    reply(500, JSON.stringify({ message: 'no' }));
    await expect(get()).rejects.not.toHaveProperty('message', expect.stringContaining(token));
  });
});

const node = (uid: string, kind: string, parent: string | undefined, rest: object = {}) => ({
  uid,
  group: kind === 'Pod' ? '' : 'apps',
  version: 'v1',
  kind,
  namespace: 'orders',
  name: uid,
  ...(parent !== undefined && { parentRefs: [{ uid: parent, kind: 'x', name: parent }] }),
  ...rest,
});
const degraded = (message: string) => ({ health: { status: 'Degraded', message } });
const healthy = { health: { status: 'Healthy' } };
const read = async (nodes: readonly object[]) => {
  reply(200, JSON.stringify({ nodes, orphanedNodes: [], hosts: [] }));
  return (await api().getResources('argocd/orders-dev')).degraded;
};

describe('degraded resources', () => {
  const before = 'contoso.azurecr.io/orders:70';
  const after = 'contoso.azurecr.io/orders:71';
  test('run the image of their degraded pods, not that of the pods before', async () => {
    const found = await read([
      node('d', 'Deployment', undefined, degraded('exceeded its\nprogress deadline')),
      node('r1', 'ReplicaSet', 'd', healthy),
      node('p1', 'Pod', 'r1', { ...healthy, images: [before] }),
      node('r2', 'ReplicaSet', 'd', { health: { status: 'Progressing' } }),
      node('p2', 'Pod', 'r2', { ...degraded('Back-off pulling image'), images: [after, 'not an image'] }),
    ]);
    expect(found).toEqual([
      { group: '', kind: 'Pod', namespace: 'orders', name: 'p2', message: 'Back-off pulling image', images: [after] },
      {
        group: 'apps',
        kind: 'Deployment',
        namespace: 'orders',
        name: 'd',
        message: 'exceeded its progress deadline',
        images: [after],
      },
    ]);
    expect(asked[0]?.url).toBe('/api/v1/applications/orders-dev/resource-tree?appNamespace=argocd');
  });

  test('run the images of all their pods where none is degraded', async () => {
    const found = await read([
      node('d', 'Deployment', undefined, degraded('too few')),
      node('p1', 'Pod', 'd', { ...healthy, images: [before] }),
      node('p2', 'Pod', 'd', { images: [after] }),
    ]);
    expect(found).toMatchObject([{ name: 'd', images: [before, after] }]);
  });

  test('are not those that are missing, suspended or on the way', async () => {
    const others = ['Missing', 'Suspended', 'Progressing', 'Unknown'].map((status) =>
      node(status, 'Deployment', undefined, { health: { status } }),
    );
    await expect(read([...others, node('s', 'Service', undefined)])).resolves.toEqual([]);
  });

  test('a tree that has a circle ends', async () => {
    const found = await read([node('a', 'A', 'b', degraded('')), node('b', 'B', 'a', degraded(''))]);
    expect(found.map(({ name }) => name)).toEqual(['a', 'b']);
  });

  test('an Argo CD that hangs costs one time limit: further reads fail at once, others are answered', async () => {
    const other = await serveOnLoopback((_request, response) => void response.end('{}'));
    answer = () => undefined;
    const instances = new Map([
      ['weu', { url: server.url, publicUrl: server.url, token }],
      ['neu', { url: other.url, publicUrl: other.url, token }],
    ]);
    const both = makeArgoCdApi({ instances, now: () => new Date(), treeTimeoutMs: 1_000 });
    const readOne = (name: string) => both.getResources(name);
    await expect(readOne('weu/argocd/a')).rejects.toMatchObject({ code: 'argocd-unavailable' });
    const began = performance.now();
    for (const name of ['a', 'b', 'c'])
      await expect(readOne(`weu/argocd/${name}`)).rejects.toMatchObject({ code: 'argocd-unavailable' });
    expect(performance.now() - began).toBeLessThan(1_000);
    expect(asked).toHaveLength(1);
    await expect(readOne('neu/argocd/a')).resolves.toEqual({ degraded: [], roots: [] });
    await other.close();
  });

  test('the resources at the top have the images of all their pods', async () => {
    reply(
      200,
      JSON.stringify({
        nodes: [
          node('d', 'Deployment', undefined, healthy),
          node('r', 'ReplicaSet', 'd', healthy),
          node('p', 'Pod', 'r', { ...healthy, images: [after] }),
          node('s', 'Service', undefined),
        ],
      }),
    );
    const { roots } = await api().getResources('argocd/orders-dev');
    expect(roots).toEqual([
      { group: 'apps', kind: 'Deployment', namespace: 'orders', name: 'd', health: 'Healthy', images: [after] },
      { group: 'apps', kind: 'Service', namespace: 'orders', name: 's', health: undefined, images: [] },
    ]);
  });

  test('a tree without nodes', async () => {
    reply(200, '{}');
    await expect(api().getResources('argocd/orders-dev')).resolves.toEqual({ degraded: [], roots: [] });
  });
});
