import { expect, onTestFinished, test } from 'vitest';
import { startStorage } from '../../local/storage/storage.ts';
import { applyRetention } from '../../src/app/retention.ts';
import { makeAuditStore } from '../../src/lib/audit/audit-store.ts';
import { makeDeploymentIndex } from '../../src/lib/deployments/deployment-index.ts';
import { removeOldRecords } from '../../src/lib/deployments/remove-old-records.ts';
import { makeMissedPushes } from '../../src/lib/deployments/missed-pushes.ts';
import { makeTableStore } from '../../src/lib/deployments/table-store.ts';
import { makePostedStore, postedPartitions } from '../../src/lib/effects/posted.ts';
import { makeGateStore } from '../../src/lib/gates/gate-store.ts';
import { moveTo, queued } from '../../src/lib/model/deployment.ts';
import type { DeploymentState } from '../../src/lib/model/deployment.ts';
import { updateId } from '../../src/lib/model/tag-update.ts';
import { makeTableRows } from '../../src/lib/storage/table-rows.ts';
import { makeSettleStore } from '../../src/lib/settling/settle-store.ts';
import { newGate } from '../support/gate.ts';
import { syncResult } from '../support/settling.ts';

const dayMs = 24 * 60 * 60_000;
const started = Date.now();
const after = (days: number): Date => new Date(started + days * dayMs);

async function bench() {
  const storage = await startStorage();
  onTestFinished(() => storage.close());
  const rows = makeTableRows({ AzureWebJobsStorage: storage.connectionString });
  const records = makeTableStore(rows);
  const index = makeDeploymentIndex(rows);
  const record = async (tag: string, state: DeploymentState, day: number, route = 'api', changedOn = day) => {
    const image = { registry: 'contoso.azurecr.io', repository: route, tag };
    const id = updateId(route, 'dev', image, false);
    const pushedAt = after(day).toISOString();
    const update = { id, route, environment: 'dev', image, pushedAt, cause: { kind: 'push' as const } };
    await records.update(update, () => moveTo(queued(update, '', after(day)), state, {}, after(changedOn)));
    return update;
  };
  const tags = async () =>
    (await index.list({}, { limit: 50 })).deployments.map(({ update }) => `${update.route} ${update.image.tag}`);
  const logged: unknown[] = [];
  const run = (day: number) =>
    applyRetention((_level, event, fields) => logged.push({ event, ...fields }), 400, {
      stores: { rows, records, index },
      now: () => after(day),
    });
  return { rows, records, index, record, tags, run, logged };
}

test('records of more than 400 days go, with all their rows; newest, changed and proposed ones and marks stay', async () => {
  const { records, record, tags, run, index } = await bench();
  const key = { route: 'api', environment: 'dev' };
  const gone = await record('1', 'healthy', 0);
  await record('2', 'superseded', 1);
  await record('3', 'pull-request', 2);
  await record('4', 'failed', 3, 'api', 300);
  await record('5', 'healthy', 4);
  await record('1', 'healthy', 0, 'quiet');
  await records.updateMark(key, () => ({ tag: '5', pushedAt: after(4).toISOString() }));
  await run(399);
  expect(await tags()).toHaveLength(6);
  await run(410);
  expect(await tags()).toEqual(['api 5', 'api 4', 'api 3', 'quiet 1']);
  expect(await records.find(gone)).toBeUndefined();
  expect(await index.list({ tag: '2' }, { limit: 5 })).toEqual({ deployments: [] });
  expect(await records.findMark(key)).toMatchObject({ tag: '5' });
  await run(410);
  expect(await tags()).toHaveLength(4);
});

test('missed pushes go after 7 days, gates after 30, posted statuses and last results after 400; what was written again stays', async () => {
  const { rows, run, logged } = await bench();
  const gate = newGate();
  const gates = makeGateStore(rows);
  await gates.update(gate.id, () => ({ ...gate, ended: 'completed' }));
  const posted = makePostedStore(rows);
  await posted.put('commit', { name: 'a', value: 'b', done: true });
  const settled = makeSettleStore(rows);
  await settled.keep('argocd/shop', {
    result: syncResult({ revision: 'c', reconciledAt: 1 }),
    receivedAt: after(0).toISOString(),
  });
  const missed = makeMissedPushes(rows, () => new Date('2026-11-20T10:00:00Z'));
  const pushed = { image: 'contoso.azurecr.io/other', tag: '1', at: after(0).toISOString() };
  await missed.note({ kind: 'no-route', ...pushed, reason: 'no route has this image' });
  const audit = makeAuditStore(rows);
  const act = { kind: 'act', act: 'freeze', at: after(0).toISOString(), actor: 'kim', by: 'key' } as const;
  await audit.recordAct(act, 'a');
  const trail = async () => (await audit.list({}, { from: after(-1), to: after(1), limit: 5 })).entries;
  await run(6);
  expect(await missed.list({}, 10)).toHaveLength(1);
  await run(29);
  expect(await missed.list({}, 10)).toEqual([]);
  expect(await gates.find(gate.id)).toBeDefined();
  await run(31);
  expect(await gates.find(gate.id)).toBeUndefined();
  expect(await posted.list('commit')).toHaveLength(1);
  expect(await settled.lastResult('argocd/shop')).toBeDefined();
  expect(await trail()).toEqual([act]);
  await run(401);
  expect(await trail()).toEqual([]);
  expect(await posted.list('commit')).toEqual([]);
  expect(await settled.lastResult('argocd/shop')).toBeUndefined();
  expect(logged).toEqual([
    { event: 'old-rows-removed', records: 0, gates: 0, posted: 0, results: 0, missedPushes: 0, figures: 0, trail: 0 },
    { event: 'old-rows-removed', records: 0, gates: 0, posted: 0, results: 0, missedPushes: 1, figures: 0, trail: 0 },
    { event: 'old-rows-removed', records: 0, gates: 1, posted: 0, results: 0, missedPushes: 0, figures: 0, trail: 0 },
    { event: 'old-rows-removed', records: 0, gates: 0, posted: 1, results: 1, missedPushes: 0, figures: 0, trail: 1 },
  ]);
});

test('a run that has no time for its old records is unfinished, and the next one goes on', async () => {
  const { rows, records, index, record, tags } = await bench();
  for (let tag = 1; tag <= 40; tag += 1) await record(String(tag), 'healthy', tag / 100);
  let ms = 0;
  const slow: typeof records.remove = async (update) => {
    ms += 2_000;
    return records.remove(update);
  };
  const run = () =>
    applyRetention(() => undefined, 400, {
      stores: { rows, records: { ...records, remove: slow }, index },
      now: () => new Date(after(410).getTime() + ms),
    });
  expect(await run()).toBe('unfinished');
  const left = (await tags()).length;
  expect(left).toBeGreaterThan(1);
  expect(left).toBeLessThan(40);
  let more = 1;
  while ((await run()) === 'unfinished') more += 1;
  expect(more).toBeLessThan(5);
  expect(await tags()).toEqual(['api 40']);
});

test('a run removes a bounded number of records and other rows, and the next one goes on', async () => {
  const { rows, records, index, record, tags } = await bench();
  for (const tag of ['1', '2', '3', '4']) await record(tag, 'healthy', Number(tag));
  const remove = () => removeOldRecords(after(100), 2, { rows, store: records, index });
  expect([await remove(), await tags()]).toEqual([2, expect.any(Array)]);
  expect(await tags()).toHaveLength(2);
  expect([await remove(), await remove()]).toEqual([1, 0]);
  expect(await tags()).toEqual(['api 4']);
  const posted = makePostedStore(rows);
  for (const name of ['a', 'b', 'c']) await posted.put('commit', { name, value: 'b', done: true });
  const removed = () => rows.removeUnchanged(postedPartitions, after(1), 2);
  expect([await removed(), await removed(), await removed()]).toEqual([2, 1, 0]);
});
