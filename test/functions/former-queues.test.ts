import { expect, test } from 'vitest';
import { pushWebhook } from '../../local/webhook.ts';
import { git } from '../../local/git.ts';
import { makeTableStore } from '../../src/lib/deployments/table-store.ts';
import { moveTo, queued } from '../../src/lib/model/deployment.ts';
import type { DeploymentState } from '../../src/lib/model/deployment.ts';
import { makeSettleStore } from '../../src/lib/settling/settle-store.ts';
import { formerQueues } from '../../src/lib/storage/queues.ts';
import { makeTableRows } from '../../src/lib/storage/table-rows.ts';
import { appApi, updateOf } from '../support/app-api.ts';
import { eventually } from '../support/eventually.ts';
import { fileAtTip, testPlatform } from '../support/platform.ts';
import { gitops, healthyAt } from '../support/settling.ts';

const routes = `
defaults: { repository: ${gitops}, branch: main, delivery: commit }
environments: { dev: { tags: { match: '^(\\d+)$', order: numeric }, application: 'argocd/{service}' } }
routes:
  '{service}':
    image: contoso.azurecr.io/{service}
    update: [{ file: '{service}.yaml', helm: { tag: image.tag } }]
    environments: [dev]
`;
const values = (tag: string) => `image: { tag: "${tag}" }\n`;
const delivered = ['event', 'update', 'retried'];
const deliveredLater = ['event-poison', 'update-poison'];
/** Records of version 0.1 whose sync result, or whose effects, wait in a queue. */
const settled = ['result', 'effects'];
const settledLater = ['result-poison', 'effects-poison'];

const push = (repository: string) => pushWebhook({ registry: 'contoso.azurecr.io', repository, tag: '2' }, new Date());
const update = (service: string, tag = '2') => updateOf(service, 'dev', service, tag);
/** No other deployment has it, so no effect of another evaluates the gates. */
const tagOfGates = '3';
const application = (service: string) => `argocd/${service}`;
const pullRequest = (number: number) => ({
  kind: 'pull-request',
  eventId: `pull request ${number}`,
  collection: 'https://dev.azure.com/contoso',
  number,
});

async function start() {
  const platform = await testPlatform({
    routes,
    files: Object.fromEntries([
      ...[...delivered, ...deliveredLater].map((service) => [`${service}.yaml`, values('1')] as const),
      ...[...settled, ...settledLater].map((service) => [`${service}.yaml`, values('2')] as const),
    ]),
  });
  const api = appApi(platform);
  const tip = (await git(['rev-parse', 'main'], platform.bare)).trim();
  const rows = makeTableRows({ AzureWebJobsStorage: platform.storage });
  const store = makeTableStore(rows);
  const resultOf = (service: string) => ({
    result: healthyAt(tip, 1, { application: application(service), images: [`contoso.azurecr.io/${service}:2`] }),
    receivedAt: new Date().toISOString(),
  });
  return {
    platform,
    api,
    /** Writes a record as a worker does that dies before it has queued the effects. */
    record: async (service: string, state: DeploymentState, tag?: string) => {
      const key = update(service, tag);
      const details = { commit: tip, branch: 'main', applications: [application(service)] };
      await store.update(key, () => moveTo(queued(key, gitops, new Date()), state, details, new Date()));
    },
    /** The body of a sync result. */
    result: (service: string) => ({ application: application(service), ...resultOf(service) }),
    keepResult: (service: string) => makeSettleStore(rows).keep(application(service), resultOf(service)),
    /** Opens a gate, and waits until nothing but its record is missing. */
    openGate: async (service: string) => {
      const task = platform.azureDevOps.pipeline.run(
        { organization: 'contoso', project: 'platform' },
        {
          url: `${platform.functions}/api/gates`,
          key: platform.key,
          body: JSON.stringify({ environment: 'dev', route: service, tag: tagOfGates }),
          timeoutMs: 60_000,
        },
      );
      const [, id = ''] = /"gate":"(\w+)"/.exec(await task.answered) ?? [];
      expect(id).toMatch(/^\w{32}$/);
      // Its first evaluation is a hidden message for a second.
      await eventually(async () => expect(await api.count('work')).toBe(1));
      await eventually(async () => expect(await api.count('work')).toBe(0));
      return { id, finished: task.finished };
    },
    healthy: async (services: readonly string[]) => {
      for (const service of services) {
        const { body } = await api.get(`deployments/${update(service).id}`);
        expect(body, service).toMatchObject({ state: 'healthy' });
      }
    },
    inGit: async (services: readonly string[]) => {
      for (const service of services)
        expect(await fileAtTip(platform.bare, `${service}.yaml`), service).toBe(values('2'));
    },
    /** Pull requests of events that were processed. */
    followed: () =>
      platform.lines
        .filter(({ event }) => event === 'pull-request-not-ours')
        .map(({ fields }) => fields['pullRequest'] ?? '')
        .toSorted(),
  };
}

test('the clock moves the messages of all queues and poison queues of version 0.1, and each has its effect', async () => {
  const { platform, api, record, result, keepResult, openGate, healthy, inGit, followed } = await start();
  const gate = await openGate('gate');
  const gateLater = await openGate('gate-poison');
  for (const service of ['gate', 'gate-poison']) await record(service, 'healthy', tagOfGates);
  for (const service of [...settled, ...settledLater]) await record(service, 'committed');
  for (const service of ['effects', 'effects-poison']) await keepResult(service);

  const retry = { attempt: 3, since: new Date().toISOString(), code: 'throttled' };
  await api.send('registry-events', push('event'));
  await api.send('registry-events-poison', push('event-poison'));
  await api.send('devops-events', pullRequest(7));
  await api.send('devops-events-poison', pullRequest(8));
  await api.send('tag-updates', update('update'));
  await api.send('tag-updates', { retry, body: update('retried') });
  await api.send('tag-updates-poison', update('update-poison'));
  await api.send('sync-results', result('result'));
  await api.send('sync-results-poison', result('result-poison'));
  await api.send('reports', { updates: [update('effects')], gates: [gate.id] });
  await api.send('reports-poison', { updates: [update('effects-poison')], gates: [gateLater.id] });
  const all = formerQueues.flatMap((queue) => [queue, `${queue}-poison`]);

  const run = await fetch(`${platform.functions}/admin/functions/clock`, {
    method: 'POST',
    headers: { 'x-functions-key': platform.key, 'content-type': 'application/json' },
    body: '{}',
  });
  expect(run.status).toBe(202);
  await eventually(async () => {
    for (const queue of all) expect(await api.count(queue), queue).toBe(0);
    await inGit(delivered);
    await healthy(settled);
    expect(followed()).toContain('7');
  });
  expect(await gate.finished).toMatchObject({ result: 'succeeded' });

  // Messages of a poison queue may have killed their worker: each is processed alone, and later.
  await eventually(async () => {
    // Their updates, too, are queued for later.
    platform.hastenMessages(0.01, 20_000);
    await inGit(deliveredLater);
    await healthy(settledLater);
    expect(followed()).toEqual(['7', '8']);
    expect(await api.count('work')).toBe(0);
  });
  expect(await gateLater.finished).toMatchObject({ result: 'succeeded' });
  expect(await api.count('abandoned')).toBe(0);
  const retried = platform.lines.filter(({ event }) => event === 'rescheduled').map(({ fields }) => fields);
  expect(retried.map(({ code }) => code)).toEqual(Array(7).fill('worker-ended'));
  expect(retried.map(({ kind = '' }) => kind).toSorted()).toEqual([
    'devops-event',
    'effects',
    'gates',
    'registry-event',
    'sync-result',
    'tag-update',
    // Of the event.
    'tag-update',
  ]);
}, 90_000);
