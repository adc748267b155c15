import { HttpRequest, InvocationContext } from '@azure/functions';
import { QueueServiceClient } from '@azure/storage-queue';
import { expect, test } from 'vitest';
import { git } from '../../local/git.ts';
import { pushWebhook } from '../../local/webhook.ts';
import { makeArgoCdWebhook } from '../../src/functions/argocd-webhook.ts';
import { makeIdentifyArgoCd } from '../../src/lib/argocd/identify-instance.ts';
import { appApi, updateOf } from '../support/app-api.ts';
import { eventually } from '../support/eventually.ts';
import { testPlatform } from '../support/platform.ts';
import type { TestPlatform } from '../support/platform.ts';

const routes = (api: string, web = api) => `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }
environments: { dev: { tags: { match: '^(\\d+)$', order: numeric } } }
routes:
  api: { image: contoso.azurecr.io/api, update: [{ file: api.yaml, helm: { tag: image.tag } }], environments: [dev], application: ${api} }
  web: { image: contoso.azurecr.io/web, update: [{ file: web.yaml, helm: { tag: image.tag } }], environments: [dev], application: ${web} }
`;
const files = { 'api.yaml': 'image: { tag: "1" }\n', 'web.yaml': 'image: { tag: "1" }\n' };
const secrets = { ARGOCD_SECRETS: '{"weu":["old-secret","new-secret"],"neu":"other-secret"}' };

/** As the shipped template renders it. */
function notification(revision: string) {
  return {
    schemaVersion: 1,
    argocdUrl: 'https://argocd.contoso.example',
    application: { name: 'shop', namespace: 'argocd', uid: null, project: 'default', labels: null },
    source: {
      repoURL: 'https://contoso@dev.azure.com/contoso/platform/_git/gitops',
      path: '.',
      targetRevision: 'main',
    },
    sources: null,
    sourceHydratorSpec: null,
    sync: { status: 'Synced', revision, revisions: null },
    health: { status: 'Healthy', lastTransitionTime: '2026-11-20T10:01:10Z' },
    operation: {
      phase: 'Succeeded',
      message: 'successfully synced (all tasks run)',
      startedAt: '2026-11-20T10:00:40Z',
      finishedAt: '2026-11-20T10:01:05Z',
      requestedRevision: revision,
      revision,
    },
    images: ['contoso.azurecr.io/api:2'],
    imagesOmitted: 0,
    reconciledAt: '2026-11-20T10:01:12Z',
  };
}

function tell(platform: TestPlatform, body: unknown, headers: Readonly<Record<string, string>> = {}) {
  return fetch(`${platform.functions}/api/webhooks/argocd`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-functions-key': platform.key, ...headers },
    body: JSON.stringify(body),
  });
}

async function messages({ storage }: TestPlatform): Promise<number | undefined> {
  const queues = QueueServiceClient.fromConnectionString(storage);
  return (await queues.getQueueClient('work').getProperties()).approximateMessagesCount;
}

async function deployed(platform: TestPlatform, repository = 'api') {
  const { id } = updateOf(repository, 'dev', repository, '2');
  await platform.post(pushWebhook({ registry: 'contoso.azurecr.io', repository, tag: '2' }, new Date()));
  const until = (state: string) =>
    eventually(async () => {
      const { body } = await appApi(platform).get(`deployments/${id}`);
      expect(body).toMatchObject({ state });
      return body as { readonly commit: string };
    });
  await until('committed');
  return { until, tip: (await git(['rev-parse', 'main'], platform.bare)).trim() };
}

test('a notification settles, and its secret says of which instance it is', async () => {
  const named = routes('weu/argocd/shop', 'neu/argocd/shop');
  const platform = await testPlatform({ routes: named, files, settings: secrets });
  const { until } = await deployed(platform);
  const { until: untilWeb, tip } = await deployed(platform, 'web');
  const body = notification(tip);
  expect((await tell(platform, body)).status).toBe(403);
  expect((await tell(platform, body, { 'x-tagrelay-secret': 'guessed' })).status).toBe(403);
  const other = await tell(platform, body, { 'x-tagrelay-secret': 'other-secret' });
  expect([other.status, await other.json()]).toEqual([202, { application: 'neu/argocd/shop' }]);
  await untilWeb('healthy');
  await until('committed');
  const own = await tell(platform, body, { 'x-tagrelay-secret': 'new-secret' });
  expect([own.status, await own.json()]).toEqual([202, { application: 'weu/argocd/shop' }]);
  expect(await until('healthy')).toMatchObject({
    applications: ['weu/argocd/shop'],
    progress: { 'weu/argocd/shop': { state: 'healthy', revision: tip, runs: true } },
  });
});

test('without ARGOCD_SECRETS there is one unnamed instance, let in by its function key alone', async () => {
  const platform = await testPlatform({ routes: routes('argocd/shop'), files });
  const { until, tip } = await deployed(platform);
  expect((await tell(platform, notification(tip), { 'x-functions-key': 'wrong' })).status).toBe(401);
  expect((await tell(platform, notification(tip), { 'x-tagrelay-secret': 'any text' })).status).toBe(202);
  await until('healthy');
});

test('a result is processed where it arrives, and leaves no message', async () => {
  const platform = await testPlatform({ routes: routes('argocd/shop'), files });
  const { tip, until } = await deployed(platform);
  expect((await tell(platform, notification(tip))).status).toBe(202);
  // The stored message is hidden for longer.
  await until('healthy');
  await eventually(async () => expect(await messages(platform)).toBe(0));
});

test('an answer waits for the processing, at most until 3 s after the request', async () => {
  const waited: number[] = [];
  let time = Date.parse('2026-11-20T10:00:00Z');
  const handler = makeArgoCdWebhook({
    start: (_job, options) => {
      expect(options).toMatchObject({ log: expect.any(Function), timeoutMs: 4_000 });
      time += 2_600;
      return Promise.resolve({ endsWithin: (ms) => Promise.resolve(void waited.push(ms)) });
    },
    now: () => new Date(time),
    identify: makeIdentifyArgoCd(undefined, false),
  });
  const request = new HttpRequest({
    method: 'POST',
    url: 'http://localhost/',
    body: { string: JSON.stringify(notification('a'.repeat(40))) },
  });
  const context = new InvocationContext({ functionName: 'test', logHandler: () => undefined });
  expect(await handler(request, context)).toMatchObject({ status: 202 });
  expect(waited).toEqual([400]);
});

test('what is no sync result is answered at once, and is not stored', async () => {
  const platform = await testPlatform({ routes: routes('argocd/shop'), files });
  const empty = { ...notification('a'.repeat(40)), sync: null, health: null, operation: null };
  const ignored = await tell(platform, empty);
  expect([ignored.status, await ignored.json()]).toEqual([200, { ignored: 'no-status' }]);
  const wrong = await tell(platform, { application: { name: 'Not A Name', namespace: 'argocd' } });
  expect([wrong.status, await wrong.json()]).toMatchObject([400, { errors: [{ field: 'application.name' }] }]);
  const source = { repoURL: `https://contoso.example/${'x'.repeat(1_900)}`, path: 'y'.repeat(900) };
  const large = { ...notification('a'.repeat(40)), sources: Array.from({ length: 50 }, () => source) };
  expect((await tell(platform, large)).status).toBe(400);
});
