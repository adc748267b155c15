import { expect, test } from 'vitest';
import { pushWebhook } from '../../local/webhook.ts';
import { formerQueues } from '../../src/lib/storage/queues.ts';
import { appApi, updateOf } from '../support/app-api.ts';
import { eventually } from '../support/eventually.ts';
import { fileAtTip, testPlatform } from '../support/platform.ts';

const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }
environments: { dev: { tags: { match: '^(\\d+)$', order: numeric }, application: argocd/shop } }
routes:
  '{service}':
    image: contoso.azurecr.io/{service}
    update: [{ file: '{service}.yaml', helm: { tag: image.tag } }]
    environments: [dev]
`;
const values = (tag: string) => `image: { tag: "${tag}" }\n`;
const services = ['event', 'update', 'retried', 'poison', 'plain'];
const retry = { attempt: 3, since: new Date().toISOString(), code: 'throttled' };

const push = (repository: string) => pushWebhook({ registry: 'contoso.azurecr.io', repository, tag: '2' }, new Date());

test('messages of every kind in the queues of version 0.1 are moved by the clock, and all end', async () => {
  const platform = await testPlatform({
    routes,
    files: Object.fromEntries(services.map((service) => [`${service}.yaml`, values('1')])),
  });
  const api = appApi(platform);
  await api.send('registry-events', push('event'));
  await api.send('registry-events-poison', push('plain'));
  await api.send('tag-updates', updateOf('update', 'dev', 'update', '2'));
  await api.send('tag-updates', { retry, body: updateOf('retried', 'dev', 'retried', '2') });
  await api.send('tag-updates-poison', updateOf('poison', 'dev', 'poison', '2'));
  await api.send('devops-events', {
    kind: 'pull-request',
    eventId: 'x',
    collection: 'https://dev.azure.com/contoso',
    number: 7,
  });
  await api.send('sync-results', { application: 'argocd/shop' });
  const { id } = updateOf('update', 'dev', 'update', '2');
  await api.send('reports', {
    updates: [{ id, route: 'update', environment: 'dev' }],
    gates: ['0'.repeat(32), '1'.repeat(32)],
  });

  const run = await fetch(`${platform.functions}/admin/functions/clock`, {
    method: 'POST',
    headers: { 'x-functions-key': platform.key, 'content-type': 'application/json' },
    body: '{}',
  });
  expect(run.status).toBe(202);
  const all = formerQueues.flatMap((queue) => [queue, `${queue}-poison`]);
  await eventually(async () => {
    for (const queue of all) expect(await api.count(queue), queue).toBe(0);
    for (const service of ['event', 'update', 'retried']) {
      expect(await fileAtTip(platform.bare, `${service}.yaml`)).toBe(values('2'));
    }
    // The two of the poison queues wait: each may have killed its worker.
    expect(await api.count('work')).toBe(2);
  });
  expect(await api.count('abandoned')).toBe(0);
  expect(platform.lines.filter(({ event }) => event === 'rescheduled').map(({ fields }) => fields)).toMatchObject([
    { code: 'worker-ended' },
    { code: 'worker-ended' },
  ]);
  expect(platform.lines.filter(({ event }) => event === 'pull-request-not-ours')).toHaveLength(1);
});
