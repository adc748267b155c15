import { expect, test } from 'vitest';
import { makeHoldMessages } from '../../../src/lib/storage/held-messages.ts';
import { makeQueueService, makeSendMessage, queueNames } from '../../../src/lib/storage/queues.ts';
import { makeTableRows } from '../../../src/lib/storage/table-rows.ts';
import { makeDeploymentIndex } from '../../../src/lib/deployments/deployment-index.ts';
import { moveTo, queued } from '../../../src/lib/model/deployment.ts';
import { Failure } from '../../../src/lib/model/failure.ts';
import { messageVersion } from '../../../src/lib/work/envelope.ts';
import { readMessage } from '../../../src/lib/work/message-body.ts';
import { replayAll, replayOne } from '../../../src/lib/delivery/replay.ts';
import type { ReplayDeps } from '../../../src/lib/delivery/replay.ts';
import { replayOf } from '../../../src/lib/model/tag-update.ts';
import { deliveryBench } from '../../support/delivery.ts';
import { commitCount, commitFiles, fileAtTip } from '../../support/platform.ts';

const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }
environments: { dev: { tags: { match: '^(\\d+)$', order: numeric } } }
routes:
  '{service}':
    image: contoso.azurecr.io/{service}
    update: [{ file: '{service}.yaml', helm: { tag: image.tag } }]
    environments: [dev]
`;
const values = (tag: string) => `image: { tag: "${tag}" }\n`;

async function bench(overrides: Partial<ReplayDeps> = {}) {
  const delivery = await deliveryBench({ routes, files: { 'api.yaml': values('1'), 'web.yaml': values('1') } });
  const settings = { AzureWebJobsStorage: delivery.connectionString };
  const service = makeQueueService(settings);
  const { store } = delivery;
  const sent: string[] = [];
  const deps: ReplayDeps = {
    store,
    index: makeDeploymentIndex(makeTableRows(settings)),
    send: async ({ kind, body }) => void sent.push(`${kind} ${(body as { id: string }).id}`),
    hold: makeHoldMessages(service),
    now: () => new Date(),
    ...overrides,
  };
  const reject = (tag: string, service = 'api') => {
    const update = delivery.update(service, tag);
    return store.update(update, (current) =>
      moveTo(current ?? queued(update, '', new Date()), 'rejected', { code: 'not-yaml', reason: 'x' }, new Date()),
    );
  };
  return { ...delivery, deps, sent, reject, send: makeSendMessage(service) };
}

test('while a replay waits, asking again queues no other; once it has ended, it does', async () => {
  const { deps, sent, store, reject, update } = await bench();
  await reject('2');
  const { id } = update('api', '2');
  const first = await replayOne(id, deps);
  expect(await replayOne(id, deps)).toEqual(first);
  expect(first).toEqual(replayOf(update('api', '2'), 1));
  if (!first) throw new Error('there is a replay');
  await store.update(first, (current) => current && moveTo(current, 'superseded', {}, new Date()));
  const second = await replayOne(id, deps);
  expect(second).toEqual(replayOf(update('api', '2'), 2));
  // A replay of a replay is one of what that is a replay of.
  expect(await replayOne(first.id, deps)).toEqual(second);
  expect(new Set(sent).size).toBe(2);
});

test('what a worker has recorded since a message was sent stays', async () => {
  const { deps, reject, store, update } = await bench();
  await reject('2');
  const send = async () => {
    await reject('2');
  };
  let later = Date.now();
  const replayed = await replayAll(
    {},
    { stage: 'rejected', since: new Date().toISOString() },
    { ...deps, send, now: () => new Date((later += 1)) },
  );
  expect(replayed.updates).toHaveLength(1);
  expect(await store.find(update('api', '2'))).toMatchObject({ state: 'rejected' });
});

test('what cannot be sent stays where it was, and can be replayed again', async () => {
  const { deps, reject, send, store, sent, update } = await bench();
  const failing: ReplayDeps = { ...deps, send: () => Promise.reject(new Failure('storage-unavailable', 'no')) };
  await reject('2');
  const event = {
    kind: 'registry-event',
    body: { id: 'e' },
    code: 'x',
    reason: 'x',
    at: '2026-11-01T00:00:00Z',
  };
  await send(queueNames.abandoned, event);
  await expect(replayAll({}, undefined, failing)).rejects.toMatchObject({ code: 'storage-unavailable' });
  const since = new Date().toISOString();
  await expect(replayAll({}, { stage: 'rejected', since }, failing)).rejects.toMatchObject({
    code: 'storage-unavailable',
  });
  expect(await store.find(update('api', '2'))).toMatchObject({ state: 'rejected' });
  expect((await deps.hold(queueNames.abandoned)).map(({ text }) => readMessage(text))).toEqual([event]);
  await replayAll({}, { stage: 'rejected', since }, deps);
  expect(sent).toEqual([`tag-update ${update('api', '2').id}`]);
});

test('a call that fails after it has received messages leaves them to the next call', async () => {
  const steps: string[] = [];
  const message = {
    text: '',
    remove: () => Promise.resolve(),
    release: () => Promise.resolve(void steps.push('released')),
  };
  const pages = [[message]];
  const hold: ReplayDeps['hold'] = () => {
    const page = pages.shift();
    return page ? Promise.resolve(page) : Promise.reject(new Failure('storage-unavailable', 'no answer'));
  };
  const unused = {} as ReplayDeps;
  await expect(replayAll({}, undefined, { ...unused, hold, now: () => new Date() })).rejects.toThrow('no answer');
  expect(steps).toEqual(['released']);
});

test('more than one page: each once, and only those that are meant', async () => {
  const { deps, reject, sent } = await bench();
  await Promise.all(Array.from({ length: 104 }, (_, index) => reject(`${index + 2}`)));
  await reject('2', 'web');
  let cursor = (await replayAll({ route: 'api' }, undefined, deps)).next;
  let pages = 1;
  while (cursor) {
    cursor = (await replayAll({ route: 'api' }, cursor, deps)).next;
    pages += 1;
  }
  expect(sent).toHaveLength(104);
  expect(new Set(sent).size).toBe(104);
  expect(pages).toBeGreaterThan(3);
});

test('a replay goes on with the digest that its tag has now, as the same job', async () => {
  const { worker, update, bare, store } = await bench();
  const digest = `sha256:${'a'.repeat(64)}`;
  const apply = worker({
    registry: {
      lookUp: () => Promise.resolve({ digest }),
      inspect: () => Promise.resolve(undefined),
      describe: () => Promise.resolve({ kind: 'image', type: '' }),
    },
  });
  await apply(update('api', '5'));
  await commitFiles(bare, { 'api.yaml': values('1') }, 'Revert');
  const replay = replayOf(update('api', '5'), 1);
  expect(await apply(replay)).toMatchObject({ kind: 'committed' });
  expect(await store.find(replay)).toMatchObject({ state: 'committed' });
  expect(await fileAtTip(bare, 'api.yaml')).toBe(values('5'));
});

test('a replay goes round the mark, never past a newer tag in the file', async () => {
  const { worker, update, bare } = await bench();
  const apply = worker();
  await apply(update('api', '5'));
  expect(await apply(replayOf(update('api', '3'), 1))).toMatchObject({ kind: 'superseded', by: '5' });
  await commitFiles(bare, { 'api.yaml': values('1') }, 'Revert');
  expect(await apply(replayOf(update('api', '3'), 2))).toMatchObject({ kind: 'committed' });
  // Delivered twice it is once.
  await commitFiles(bare, { 'api.yaml': values('1') }, 'Revert again');
  expect(await apply(replayOf(update('api', '3'), 2))).toMatchObject({ kind: 'done-before' });
  expect(await fileAtTip(bare, 'api.yaml')).toBe(values('1'));
  expect(await commitCount(bare)).toBe(5);
});

test('an abandoned message of a worker whose clock is ahead is replayed', async () => {
  const { deps, send, sent } = await bench();
  const message = { kind: 'registry-event', body: { id: 'e' }, code: 'x', reason: 'x' };
  await send(queueNames.abandoned, { ...message, at: '2099-01-01T00:00:00Z' });
  expect(await replayAll({}, undefined, deps)).toMatchObject({ messages: 1 });
  expect(sent).toHaveLength(1);
});

test('an abandoned message of a newer version stays in its queue until a newer worker replays it', async () => {
  const { deps, send, sent } = await bench();
  const newer = { v: messageVersion + 1, kind: 'registry-event', body: { id: 'e' }, code: 'x', reason: 'x' };
  const message = { ...newer, at: '2026-11-01T00:00:00Z' };
  await send(queueNames.abandoned, message);
  expect(await replayAll({}, undefined, deps)).toMatchObject({ messages: 0 });
  expect(sent).toEqual([]);
  expect((await deps.hold(queueNames.abandoned)).map(({ text }) => readMessage(text))).toEqual([message]);
});
