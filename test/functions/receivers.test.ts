import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { QueueServiceClient } from '@azure/storage-queue';
import { expect, onTestFinished, test } from 'vitest';
import { buildIfChanged } from '../../tools/build-if-changed.ts';
import { startHost } from '../../local/host/host.ts';
import { startStorage } from '../../local/storage/storage.ts';
import { pushWebhook } from '../../local/webhook.ts';
import { eventually } from '../support/eventually.ts';
import { root, temporaryFolder } from '../support/platform.ts';

const key = 'test-key';
const good = `
routes:
  api:
    image: contoso.azurecr.io/shop/api
    repository: https://dev.azure.com/contoso/platform/_git/gitops
    delivery: commit
    update: [{ file: values.yaml, helm: { tag: image.tag } }]
    environments: { dev: { tags: { order: newest } } }
`;

async function azureHost(settings: Readonly<Record<string, string>>) {
  await buildIfChanged(join(root, 'dist'));
  // Not `Development`: as in Azure, nothing stops the start.
  const host = await startHost({
    root,
    port: 0,
    masterKey: key,
    settings: { AZURE_FUNCTIONS_ENVIRONMENT: 'Production', AZURE_DEVOPS_PAT: 'x', LOCAL_ENDPOINTS: '{}', ...settings },
  });
  onTestFinished(host.close);
  const get = (path: string) => fetch(`${host.url}/api/${path}`, { headers: { 'x-functions-key': key } });
  const push = (tag: string) =>
    fetch(`${host.url}/api/webhooks/acr`, {
      method: 'POST',
      headers: { 'x-functions-key': key, 'content-type': 'application/json' },
      body: JSON.stringify(pushWebhook({ registry: 'contoso.azurecr.io', repository: 'shop/api', tag }, new Date())),
    });
  return { ...host, get, push };
}

async function storage() {
  const started = await startStorage({ directory: join(await temporaryFolder(), 'storage') });
  onTestFinished(started.close);
  return started;
}

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('storage down: 503 with Retry-After within the 5 s that a registry waits, and health says so', async () => {
  const { connectionString } = await storage();
  const dead = connectionString.replaceAll(/127\.0\.0\.1:\d+/g, `127.0.0.1:${await closedPort()}`);
  const { push, get } = await azureHost({ AzureWebJobsStorage: dead, ROUTES: good });
  const startedAt = performance.now();
  const response = await push('1');
  expect(response.status).toBe(503);
  expect(response.headers.get('retry-after')).toBe('30');
  expect(performance.now() - startedAt).toBeLessThan(5_000);
  const health = await get('health');
  expect(health.status).toBe(503);
  expect(await health.json()).toMatchObject({ status: 'failing', storage: 'unavailable' });
});

test('storage down: a sync result gets 503 with Retry-After too', async () => {
  const { connectionString } = await storage();
  const dead = connectionString.replaceAll(/127\.0\.0\.1:\d+/g, `127.0.0.1:${await closedPort()}`);
  const { url } = await azureHost({ AzureWebJobsStorage: dead, ROUTES: good });
  const response = await fetch(`${url}/api/webhooks/argocd`, {
    method: 'POST',
    headers: { 'x-functions-key': key, 'content-type': 'application/json' },
    body: JSON.stringify({
      application: { name: 'shop', namespace: 'argocd' },
      sync: { status: 'Synced', revision: 'a'.repeat(40) },
    }),
  });
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '30']);
});

test('bad routes that never were good: events are taken and wait, and health says what is wrong', async () => {
  const { connectionString } = await storage();
  const bad = good.replace('image:', 'imgae:');
  const { push, get } = await azureHost({ AzureWebJobsStorage: connectionString, ROUTES: bad });
  expect((await push('1')).status).toBe(202);
  const events = QueueServiceClient.fromConnectionString(connectionString).getQueueClient('work');
  // Sent again with a delay: it is in the queue, and not to be seen.
  await eventually(async () => {
    expect((await events.getProperties()).approximateMessagesCount).toBe(1);
    expect((await events.peekMessages()).peekedMessageItems).toEqual([]);
  });
  const details = await get('health/details');
  expect(details.status).toBe(503);
  const report: unknown = await details.json();
  expect(report).toMatchObject({
    status: 'failing',
    routes: { state: 'none' },
    problems: expect.arrayContaining([expect.objectContaining({ code: 'unknown-field', setting: 'ROUTES' })]),
  });
});

test('bad routes after good ones: the last good ones stay in force', async () => {
  const { connectionString } = await storage();
  const first = await azureHost({ AzureWebJobsStorage: connectionString, ROUTES: good });
  const { routes } = (await (await first.get('health')).json()) as { routes: { hash: string } };
  expect((await first.push('1')).status).toBe(202);
  const events = QueueServiceClient.fromConnectionString(connectionString).getQueueClient('work');
  await eventually(async () => expect((await events.getProperties()).approximateMessagesCount).toBe(0));
  await first.close();

  const second = await azureHost({
    AzureWebJobsStorage: connectionString,
    ROUTES: good.replace('order: newest', 'order: newset'),
  });
  const health = await second.get('health');
  expect(health.status).toBe(200);
  expect(await health.json()).toMatchObject({ status: 'degraded', routes: { state: 'last-good', hash: routes.hash } });
  expect((await second.push('2')).status).toBe(202);
  await eventually(async () => expect((await events.getProperties()).approximateMessagesCount).toBe(0));
});
