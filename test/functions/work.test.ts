import { describe, expect, test } from 'vitest';
import { git } from '../../local/git.ts';
import { makeWork } from '../../src/functions/work.ts';
import { makeDeliverUpdate } from '../../src/lib/delivery/deliver-update.ts';
import { makeWorker } from '../../src/lib/work/worker.ts';
import type { JobHandlers } from '../../src/lib/work/worker.ts';
import type { SendOptions } from '../../src/lib/storage/queues.ts';
import { Failure } from '../../src/lib/model/failure.ts';
import { parseLogLine } from '../../src/lib/model/log.ts';
import type { ApplyUpdate } from '../../src/lib/delivery/apply-update.ts';
import { recordAbandoned, recordQueued } from '../../src/lib/deployments/record-outcome.ts';
import { makeTableRows } from '../../src/lib/storage/table-rows.ts';
import { makeDueStore } from '../../src/lib/work/due-store.ts';
import { deliveryBench } from '../support/delivery.ts';
import { commitFiles } from '../support/platform.ts';
import { unbounded } from '../support/unbounded.ts';

const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }
environments: { dev: { tags: { match: '^(\\d+)$', order: numeric } } }
routes:
  beside: { image: contoso.azurecr.io/beside, delivery: observe, update: [{ file: beside.yaml, helm: { tag: image.tag } }], environments: [dev] }
  api: { image: contoso.azurecr.io/api, update: [{ file: api.yaml, helm: { tag: image.tag } }], environments: [dev] }
`;

async function bench({ dequeueCount = 1, apply }: { dequeueCount?: number; apply?: ApplyUpdate } = {}) {
  const delivery = await deliveryBench({
    routes,
    files: { 'api.yaml': 'image: { tag: "1" }\n', 'beside.yaml': 'image: { tag: "1" }\n' },
  });
  const sent: { readonly queue: string; readonly message: unknown; readonly delaySeconds: number | undefined }[] = [];
  const lines: { readonly level: string; readonly event: string | undefined }[] = [];
  const deliver = makeDeliverUpdate({
    missed: { note: () => Promise.resolve() },
    apply: apply ?? delivery.worker(),
    store: delivery.store,
    due: makeDueStore(makeTableRows({ AzureWebJobsStorage: delivery.connectionString })),
    now: () => new Date(),
    withEffects: (_key, _log, work) => work(),
    ...unbounded,
  });
  const worker = makeWorker({
    handlers: () => ({ 'tag-update': deliver }) as unknown as JobHandlers,
    rawKind: () => 'tag-update',
    send: (queue: string, message: unknown, { delaySeconds }: SendOptions = {}) => {
      sent.push({ queue, message, delaySeconds });
      return Promise.resolve();
    },
    now: () => new Date(),
    random: () => 0,
  });
  const handler = makeWork(worker, () => undefined);
  const fields: Readonly<Record<string, string>>[] = [];
  const note = (level: string) => (text: string) => {
    const line = parseLogLine(text);
    lines.push({ level, event: line?.event });
    fields.push(line?.fields ?? {});
  };
  const log = { info: note('info'), warn: note('warn'), error: note('error') };
  // The handler reads nothing else of the invocation.
  const context = { ...log, triggerMetadata: { dequeueCount } } as unknown as Parameters<typeof handler>[1];
  return { ...delivery, sent, lines, fields, deliver: (message: unknown) => handler(message, context) };
}

test.each([
  ['429', { kind: 'throttled', retryAfterSeconds: 300 }],
  ['a delayed 200', { kind: 'delayed', retryAfterSeconds: 300 }],
] as const)('%s: sent again no sooner than the Git host asks', async (_name, action) => {
  const { deliver, devops, sent, update, store } = await bench();
  devops.faults.add({ match: { resource: 'refs' }, times: 1, action });
  const one = update('api', '2');
  await deliver(one);
  expect(sent).toMatchObject([
    { queue: 'work', message: { v: 1, kind: 'tag-update', body: one, retry: { attempt: 1, code: 'throttled' } } },
  ]);
  expect(sent[0]?.delaySeconds).toBeGreaterThanOrEqual(299);
  expect(await store.find(one)).toBeUndefined();
});

test('a queued update shows why it is retried, how often it failed, and when the next attempt is', async () => {
  const { deliver, devops, sent, update, store } = await bench();
  const one = update('api', '2');
  await recordQueued(one, 'https://dev.azure.com/contoso/platform/_git/gitops', store, new Date());
  devops.faults.add({ match: { resource: 'refs' }, times: 2, action: { kind: 'throttled', retryAfterSeconds: 300 } });
  await deliver(one);
  const retry = { code: 'throttled', reason: expect.stringMatching(/./), attempt: 1, at: expect.any(String) };
  const first = await store.find(one);
  expect(first).toMatchObject({ state: 'queued', retry });
  const waitsMs = Date.parse(first?.retry?.at ?? '') - Date.now();
  expect(waitsMs).toBeGreaterThan(280_000);
  expect(waitsMs).toBeLessThan(400_000);
  await deliver(sent[0]?.message);
  expect(await store.find(one)).toMatchObject({ state: 'queued', retry: { ...retry, attempt: 2 } });
  // Any other state ends it.
  await recordAbandoned(one, new Failure('throttled', 'for a day'), store, new Date());
  expect(await store.find(one)).toMatchObject({ state: 'abandoned' });
  expect(await store.find(one)).not.toHaveProperty('retry');
});

test('a newer tag that another wrote is a warning in the log', async () => {
  const { deliver, bare, lines, update } = await bench();
  await commitFiles(bare, { 'api.yaml': 'image: { tag: "9" }\n' }, 'by hand');
  await deliver(update('api', '8'));
  expect(lines).toEqual([{ level: 'warn', event: 'superseded' }]);
});

const committed: ApplyUpdate = () =>
  Promise.resolve({ kind: 'committed', commit: 'c'.repeat(40), branch: 'main', groupSize: 1, warnings: ['a', 'b'] });

test('a warning of the edit is in the log', async () => {
  const { deliver, fields, update } = await bench({ apply: committed });
  await deliver(update('api', '8'));
  expect(fields).toMatchObject([{ warnings: 'a; b' }]);
});

test('a warning of an edit that is only observed is in the log and the record', async () => {
  const { deliver, fields, update, store, bare } = await bench();
  await commitFiles(bare, { 'beside.yaml': 'image: { tag: &tag "1" }\nsidecar: *tag\n' }, 'an alias');
  await deliver(update('beside', '2'));
  const warning = expect.stringContaining('beside.yaml:2:10') as unknown;
  expect(await store.find(update('beside', '2'))).toMatchObject({ diff: expect.any(String), editWarnings: [warning] });
  expect(fields).toContainEqual(expect.objectContaining({ warnings: warning }));
});

test('what cannot be read goes to the abandoned, as it is', async () => {
  const { deliver, sent } = await bench();
  await deliver({ id: 'x' });
  expect(sent).toMatchObject([
    { queue: 'abandoned', message: { kind: 'tag-update', body: { id: 'x' }, code: 'message-malformed' } },
  ]);
});

test.each([
  [1, false],
  [2, false],
  [3, true],
])('dequeued %i times: planned alone is %s', async (dequeueCount, isSuspect) => {
  const asked: unknown[] = [];
  const apply: ApplyUpdate = (_update, options) => {
    asked.push(options?.isSuspect);
    return Promise.resolve({ kind: 'ignored' });
  };
  const { deliver, update } = await bench({ dequeueCount, apply });
  await deliver(update('api', '2'));
  expect(asked).toEqual([isSuspect]);
});

describe('delivery: observe', () => {
  test('is committed at the commit of whoever writes the value, when that is seen', async () => {
    const { deliver, bare, sent, lines, update, store } = await bench();
    const one = update('beside', '2');
    await deliver(one);
    expect(sent).toMatchObject([{ queue: 'work', message: { retry: { code: 'waits' }, body: one } }]);
    expect(sent[0]?.delaySeconds).toBe(30);
    await deliver(sent[0]?.message);
    expect(sent[1]?.delaySeconds).toBe(60);
    expect(lines).toEqual([{ level: 'info', event: 'observed' }]);
    expect(await store.find(one)).toMatchObject({ state: 'queued' });

    await commitFiles(bare, { 'beside.yaml': 'image: { tag: "2" }\n' }, 'sed');
    await deliver(sent[1]?.message);
    expect(sent).toHaveLength(2);
    const commit = (await git(['rev-parse', 'main'], bare)).trim();
    expect(await store.find(one)).toMatchObject({ state: 'committed', commit });
    expect(lines.at(-1)).toEqual({ level: 'info', event: 'up-to-date' });
  });

  test('is looked at for a day, and stays queued where nobody writes it', async () => {
    const { deliver, sent, lines, update, store } = await bench();
    const one = update('beside', '2');
    const retry = { attempt: 50, since: '2026-11-01T10:00:00.000Z', code: 'waits' };
    await deliver({ v: 1, kind: 'tag-update', retry, body: one });
    expect(sent).toEqual([]);
    expect(lines).toEqual([]);
    expect(await store.find(one)).toMatchObject({ state: 'queued' });
  });
});

test.each([
  ['a newer version', { v: 2, kind: 'tag-update', body: { id: 'x' }, more: true }],
  ['a newer version, with another envelope', { v: 2, what: { id: 'x' } }],
  ['a kind that this version does not know', { v: 1, kind: 'something', body: { id: 'x' } }],
])('a message of %s goes back to the queue with the time', async (_what, newer) => {
  const { deliver, sent, lines } = await bench();
  await deliver(newer);
  const message = { ...newer, unreadSince: expect.any(String) };
  expect(sent).toEqual([{ queue: 'work', message, delaySeconds: 60 }]);
  expect(lines).toEqual([{ level: 'warn', event: 'newer-message' }]);
});
