import type { ServerResponse } from 'node:http';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { makeCheckArgoCd } from '../../src/cli/doctor/check-argocd.ts';
import type { UsedEnvironment } from '../../src/cli/used-environments.ts';
import { serveOnLoopback } from '../support/loopback-server.ts';

let asked: string[];
beforeEach(() => void (asked = []));

async function bench(answer: (response: ServerResponse, url: string) => void, sync = false, kind = 'helm') {
  const server = await serveOnLoopback((request, response) => {
    asked.push(request.url ?? '');
    answer(response, request.url ?? '');
  });
  onTestFinished(() => server.close());
  const access = { url: server.url, publicUrl: 'https://argocd.contoso.example', token: 'secret-token' };
  const check = makeCheckArgoCd(new Map([['weu', access]]), () => new Date('2026-11-20T12:00:00Z'));
  return (...application: string[]) =>
    check({ environment: { application, argocd: { sync }, update: [{ kind }] } } as unknown as UsedEnvironment);
}

const application = JSON.stringify({
  metadata: { name: 'shop', namespace: 'argocd', uid: 'u' },
  spec: { project: 'default', source: { repoURL: 'https://github.com/contoso/gitops' } },
  status: {
    sync: { status: 'Synced', revision: 'a'.repeat(40) },
    health: { status: 'Healthy' },
    reconciledAt: '2026-11-20T11:00:00Z',
  },
});

test('an application that the token may get is shown with its state, and read once', async () => {
  const check = await bench((response) => response.end(application));
  const found = { what: 'argo cd', state: 'ok', detail: 'weu/argocd/shop is Synced, Healthy' };
  expect(await check('weu/argocd/shop')).toEqual([found]);
  expect(await check('weu/argocd/shop')).toEqual([found]);
  expect(asked).toHaveLength(1);
});

test('a missing right is named', async () => {
  const check = await bench((response) => response.writeHead(403).end('{"message":"permission denied"}'));
  const [found] = await check('weu/argocd/shop');
  expect(found).toMatchObject({
    state: 'failed',
    detail: expect.stringContaining('argocd-permission-denied') as unknown,
  });
  expect(found?.fix).toContain('applications, get, PROJECT/*, allow');
});

test('a refused token is reported for each application, and sent once', async () => {
  const check = await bench((response) => response.writeHead(401).end('{"message":"invalid session"}'));
  await check('weu/argocd/shop');
  const [found] = await check('weu/argocd/cart');
  expect(found).toMatchObject({ state: 'failed', detail: expect.stringContaining('argocd-sign-in-failed') as unknown });
  expect(JSON.stringify(found)).not.toContain('secret-token');
  expect(asked).toHaveLength(1);
});

test('an Argo CD without access is not checked', async () => {
  const check = await bench((response) => response.end(application));
  expect(await check('argocd/shop')).toEqual([]);
  expect(asked).toEqual([]);
});

test.each([
  ['yes', { state: 'ok', detail: 'weu/argocd/shop is Synced, Healthy, and may be synced' }],
  [
    'no',
    {
      state: 'failed',
      fix: expect.stringContaining('p, ACCOUNT, applications, sync, default/shop, allow') as unknown,
    },
  ],
])('where the route wants syncs, the right to sync is tried: %s', async (value, expected) => {
  const check = await bench(
    (response, url) => response.end(url.includes('/can-i/') ? JSON.stringify({ value }) : application),
    true,
  );
  expect(await check('weu/argocd/shop')).toMatchObject([expected]);
  expect(asked).toContain('/api/v1/account/can-i/applications/sync/default/shop');
});

test('an application with automated sync needs no right to sync', async () => {
  const automated = application.replace('"project"', '"syncPolicy":{"automated":{}},"project"');
  const check = await bench((response) => response.end(automated), true);
  expect(await check('weu/argocd/shop')).toMatchObject([{ state: 'ok' }]);
  expect(asked).toHaveLength(1);
});

test('where a route edits an Application, the right to get its ApplicationSet is tried', async () => {
  const owned = application.replace('"uid"', '"ownerReferences":[{"kind":"ApplicationSet","name":"shops"}],"uid"');
  const answerWith = (status: number) => (response: ServerResponse, url: string) =>
    url.includes('/applicationsets/')
      ? response.writeHead(status).end(status === 200 ? '{"metadata":{}}' : '{"message":"permission denied"}')
      : response.end(owned);
  const refusing = await bench(answerWith(403), false, 'application');
  expect(await refusing('weu/argocd/shop')).toMatchObject([
    { state: 'ok' },
    { state: 'failed', fix: expect.stringContaining('applicationsets, get, PROJECT/*, allow') as unknown },
  ]);
  expect(asked.filter((url) => url.includes('refresh'))).toEqual([]);
  const granting = await bench(answerWith(200), false, 'application');
  expect(await granting('weu/argocd/shop')).toMatchObject([{ state: 'ok' }]);
});

test('where a route edits an Application and wants syncs, the right to sync its holder is tried', async () => {
  const annotations = { 'argocd.argoproj.io/tracking-id': 'apps:argoproj.io/Application:argocd/shop' };
  const parsed = JSON.parse(application) as { metadata: object; spec: object };
  const automated = { ...parsed.spec, syncPolicy: { automated: {} } };
  const held = JSON.stringify({ ...parsed, metadata: { ...parsed.metadata, annotations }, spec: automated });
  const holder = application.replace('"shop"', '"apps"').replace('"default"', '"platform"');
  const check = await bench(
    (response, url) => response.end(url.includes('/can-i/') ? '{"value":"no"}' : url.includes('/apps') ? holder : held),
    true,
    'application',
  );
  expect(await check('weu/argocd/shop')).toMatchObject([
    { state: 'ok' },
    {
      state: 'failed',
      fix: expect.stringContaining('p, ACCOUNT, applications, sync, platform/apps, allow') as unknown,
    },
  ]);
});

test.each([
  ['without access', ['argocd/shop'], 'helm'],
  ['without an application', [], 'helm'],
])('syncs %s are a warning: they are not started', async (_name, applications, kind) => {
  const check = await bench((response) => response.end(application), true, kind);
  expect(await check(...applications)).toMatchObject([{ state: 'warning' }]);
});
