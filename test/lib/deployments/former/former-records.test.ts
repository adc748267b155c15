import { expect, onTestFinished, test } from 'vitest';
import { startStorage } from '../../../../local/storage/storage.ts';
import { makeDeploymentIndex } from '../../../../src/lib/deployments/deployment-index.ts';
import { moveFormerRecords } from '../../../../src/lib/deployments/former/move-former-records.ts';
import { makeTableStore } from '../../../../src/lib/deployments/table-store.ts';
import { moveTo, queued } from '../../../../src/lib/model/deployment.ts';
import type { Deployment } from '../../../../src/lib/model/deployment.ts';
import { updateId } from '../../../../src/lib/model/tag-update.ts';
import { makeSettleStore } from '../../../../src/lib/settling/settle-store.ts';
import { makeTableRows } from '../../../../src/lib/storage/table-rows.ts';
import type { TableRows } from '../../../../src/lib/storage/table-rows.ts';

const application = 'argocd/shop-dev';
const commit = 'ab'.repeat(20);

function recordOf(tag: string, second: number): Deployment {
  const image = { registry: 'contoso.azurecr.io', repository: 'shop/api', tag };
  const id = updateId('api', 'dev', image, false);
  const pushedAt = '2026-11-20T10:00:00.000Z';
  const update = { id, route: 'api', environment: 'dev', image, pushedAt, cause: { kind: 'push' as const } };
  const at = new Date(Date.UTC(2026, 10, 20, 12, 0, second));
  return moveTo(queued(update, '', at), 'committed', { commit, applications: [application] }, at);
}

function keyOf({ states, update }: Deployment): string {
  return `${9_999_999_999_999 - Date.parse(states[0]?.at ?? '')}-${update.id}`;
}

/** The rows that version 0.1 wrote for a committed record. */
async function writeFormer(record: Deployment, rows: TableRows): Promise<void> {
  const { id, route, environment, image } = record.update;
  const entry = { id, route, environment, image: `${image.registry}/${image.repository}`, tag: image.tag };
  for (const partition of ['|time', `|tag|${image.tag}`, `|commit|${commit}`, '|application|argocd|shop-dev'])
    await rows.put(partition, keyOf(record), entry);
  await rows.put(`|id|${id.slice(0, 2)}`, id, entry);
  await rows.put('|application-users|argocd|shop-dev', 'x', { route, environment });
  await rows.put('api|dev', id, record);
}

async function bench() {
  const storage = await startStorage();
  onTestFinished(() => storage.close());
  const rows = makeTableRows({ AzureWebJobsStorage: storage.connectionString });
  const old = [recordOf('1', 1), recordOf('3', 3)];
  for (const record of old) await writeFormer(record, rows);
  const store = makeTableStore(rows);
  const present = recordOf('2', 2);
  await store.update(present.update, () => present);
  return { rows, store, old, all: [...old, present], index: makeDeploymentIndex(rows), settled: makeSettleStore(rows) };
}

async function shown({ index, settled, store, all }: Awaited<ReturnType<typeof bench>>) {
  const tags = async (filter: Parameters<typeof index.list>[0], limit = 10) => {
    const found: string[] = [];
    for (let after: string | undefined; ;) {
      const page = await index.list(filter, { limit, ...(after !== undefined && { after }) });
      found.push(...page.deployments.map(({ update }) => update.image.tag));
      after = page.next;
      if (after === undefined) return found;
    }
  };
  return {
    all: await tags({}),
    byPages: await tags({}, 1),
    byState: await tags({ state: 'committed' }),
    byTag: await tags({ tag: '3' }),
    byCommit: await tags({ commit }),
    open: (await settled.open(application, { limit: 10 })).map(({ deployment }) => deployment.update.image.tag),
    isShared: await settled.isShared(application),
    records: await Promise.all(all.map(({ update }) => store.find(update))),
    byId: await Promise.all(all.map(({ update }) => index.findById(update.id))),
  };
}

const everything = ({ all }: Awaited<ReturnType<typeof bench>>) => ({
  all: ['3', '2', '1'],
  byPages: ['3', '2', '1'],
  byState: ['3', '2', '1'],
  byTag: ['3'],
  byCommit: ['3', '2', '1'],
  open: ['3', '2', '1'],
  isShared: false,
  records: all,
  byId: all,
});

const log = () => undefined;
const now = () => new Date('2026-11-20T13:00:00Z');

async function rowsOf(rows: TableRows): Promise<number> {
  const { z } = await import('zod');
  const partitions = ['|time', '|tag|1', '|tag|3', `|commit|${commit}`, '|application|argocd|shop-dev', 'api|dev'];
  const found = await Promise.all(partitions.map((partition) => rows.list(partition, z.unknown())));
  return found.flat().length;
}

test('records of earlier versions are found beside new ones, before and after they are moved', async () => {
  const started = await bench();
  expect(await shown(started)).toEqual(everything(started));
  await moveFormerRecords(log, { rows: started.rows, now });
  const moved = { ...started, index: makeDeploymentIndex(started.rows), settled: makeSettleStore(started.rows) };
  expect(await shown(moved)).toEqual(everything(started));
  expect(await rowsOf(started.rows)).toBe(0);
});

test('a change moves a record, and it is listed once', async () => {
  const started = await bench();
  const { store, index, rows, old } = started;
  for (const { update } of old) {
    await store.update(update, (current) => current && moveTo(current, 'healthy', {}, now()));
  }
  const found = (await index.list({}, { limit: 10 })).deployments;
  expect(found.map(({ update, state }) => `${update.image.tag} ${state}`)).toEqual([
    '3 healthy',
    '2 committed',
    '1 healthy',
  ]);
  expect(await rowsOf(rows)).toBe(0);
});

test('a run that was killed after it wrote a record is repeated; a later change of an earlier version counts', async () => {
  const { store, rows, old, index } = await bench();
  const [first, second] = old;
  if (!first || !second) throw new Error('there are two');
  await moveFormerRecords(log, { rows, now });
  const late = moveTo(first, 'failed', {}, now());
  await writeFormer(late, rows);
  await writeFormer(second, rows);
  const newer = makeTableStore(rows);
  await newer.update(second.update, (current) => current && moveTo(current, 'healthy', {}, now()));
  await moveFormerRecords(log, { rows, now });
  expect((await store.find(first.update))?.state).toBe('failed');
  expect((await store.find(second.update))?.state).toBe('healthy');
  expect((await index.list({}, { limit: 10 })).deployments).toHaveLength(3);
});

test('a change of nothing leaves a record where it is', async () => {
  const { store, rows, old } = await bench();
  const before = await rowsOf(rows);
  for (const { update } of old) await store.update(update, () => undefined);
  expect(await rowsOf(rows)).toBe(before);
});
