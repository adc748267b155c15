import { expect, test } from 'vitest';
import { applyRetention } from '../../../../src/app/retention.ts';
import { makeDeploymentIndex } from '../../../../src/lib/deployments/deployment-index.ts';
import type { DeploymentFilter } from '../../../../src/lib/deployments/deployment-index.ts';
import { movedRow } from '../../../../src/lib/deployments/former/moved-row.ts';
import { makeFormerRecords } from '../../../../src/lib/deployments/former/former-records.ts';
import { moveFormerRows } from '../../../../src/lib/deployments/former/move-former-records.ts';
import { foldLookups } from '../../../../src/lib/deployments/lookups/fold-lookups.ts';
import { recordsPartition, rowKeys, rowsBeside } from '../../../../src/lib/deployments/record-rows.ts';
import { makeTableStore } from '../../../../src/lib/deployments/table-store.ts';
import { moveTo, queued } from '../../../../src/lib/model/deployment.ts';
import type { Deployment, DeploymentState } from '../../../../src/lib/model/deployment.ts';
import { toProperties } from '../../../../src/lib/storage/stored-value.ts';
import { makeTableRows } from '../../../../src/lib/storage/table-rows.ts';
import type { RowWrite } from '../../../../src/lib/storage/write-together.ts';
import { findAwaited } from '../../../../src/lib/gates/find-awaited.ts';
import { newGate } from '../../../support/gate.ts';
import { MemoryTable } from '../../../support/memory/memory-table.ts';
import { atOnce } from '../../../support/memory/turn.ts';

const hourMs = 60 * 60_000;
const dayMs = 24 * hourMs;
const start = Date.parse('2026-11-20T10:00:00Z');
const hex = (n: number, length = 40): string => n.toString(16).padStart(length, '0');

interface Given {
  readonly commit?: string;
  readonly state?: DeploymentState;
  readonly at?: number;
}

function recordOf(n: number, { commit = hex(n), state = 'healthy', at = start }: Given = {}): Deployment {
  const image = { registry: 'contoso.azurecr.io', repository: 'api', tag: String(n), digest: `sha256:${hex(n, 64)}` };
  const pushedAt = new Date(start).toISOString();
  const update = {
    id: hex(n, 32),
    route: 'api',
    environment: 'dev',
    image,
    pushedAt,
    cause: { kind: 'push' as const },
  };
  const build = {
    collection: 'https://dev.azure.com/fabrikam',
    project: 'shop',
    id: n + 1,
    number: '1',
    url: 'https://dev.azure.com/fabrikam/shop/_build',
    definition: { id: 7, name: 'api' },
    sourceBranch: 'refs/heads/main',
    sourceVersion: hex(n),
    reason: 'individualCI',
    trusted: true,
  };
  const begun = { ...queued(update, '', new Date(at + n)), build, source: { commit: `e${hex(n, 39)}` } };
  return state === 'queued' ? begun : moveTo(begun, state, { commit }, new Date(at + n));
}

const noEnvironment = () => Promise.resolve(undefined);
const nothing = (): Promise<void> => Promise.resolve();
const never = (): boolean => false;

function bench() {
  let now = start;
  const table = new MemoryTable(() => new Date(now));
  const requests: string[] = [];
  let failing = never;
  let beforeWrite = nothing;
  const client = table.client(async (name, act) => {
    requests.push(name);
    if (name.startsWith('transaction')) {
      const first = beforeWrite;
      beforeWrite = nothing;
      await first();
    }
    if (failing()) throw Object.assign(new Error(name), { statusCode: 503 });
    return atOnce(name, act);
  });
  const rows = makeTableRows(() => Promise.resolve(client));
  const former = makeFormerRecords(rows);
  const clock = () => new Date(now);
  const index = makeDeploymentIndex(rows, former, clock);
  const logged: object[] = [];
  const fold = () => foldLookups((_level, event, fields) => logged.push({ event, ...fields }), { rows, now: clock });
  return {
    table,
    rows,
    index,
    store: makeTableStore(rows, former),
    requests,
    logged,
    clock,
    /** A run of the clock, an hour later. */
    foldLater: (ms = hourMs) => {
      now += ms;
      return fold();
    },
    beforeNextWrite: (act: typeof beforeWrite) => (beforeWrite = act),
    pass: (ms: number) => (now += ms),
    fail: (when: typeof failing) => (failing = when),
    seed: (records: readonly Deployment[], rowsOf = rowsBeside) => {
      const all = new Map<string, RowWrite>();
      for (const record of records) {
        const own = { rowKey: rowKeys.record(record.update.id), value: record };
        for (const row of [own, ...rowsOf(record, undefined)]) all.set(row.rowKey, row);
      }
      const { partitionKey, rowKey, value } = movedRow(new Date(start));
      table.insert([
        ...[...all.values()].map(({ rowKey: key, value: one = {}, columns }) =>
          Object.assign({ partitionKey: recordsPartition, rowKey: key }, toProperties(one, columns)),
        ),
        ...(rowsOf === rowsBeside ? [{ partitionKey, rowKey, ...toProperties(value) }] : []),
      ]);
    },
    kinds: () => {
      const counts: Record<string, number> = {};
      for (const { rowKey } of table.entities(recordsPartition)) {
        const kind = String(rowKey).split('|')[0] ?? '';
        counts[kind] = (counts[kind] ?? 0) + 1;
      }
      return counts;
    },
  };
}

const filtersOf = ({ commit = '', build, source, update }: Deployment): readonly DeploymentFilter[] => [
  { commit },
  { build: { id: build?.id ?? 0 } },
  { source: source?.commit ?? '' },
  { digest: update.image.digest ?? '' },
];

/** What each lookup of the records finds. */
async function foundBy(records: readonly Deployment[], { index }: Pick<ReturnType<typeof bench>, 'index'>) {
  const lists = records.flatMap((record) =>
    filtersOf(record).map(async (filter) => {
      const { deployments } = await index.list(filter, { limit: 10 });
      return deployments.map(({ update, state }) => `${update.image.tag} ${state}`).join();
    }),
  );
  return new Set(await Promise.all(lists));
}

test('past records share rows, and are found by digest, build, source and commit before, between and after', async () => {
  const world = bench();
  const records = Array.from({ length: 500 }, (_, n) => recordOf(n));
  world.seed(records);
  const asked = [0, 250, 499].map((n) => records[n] ?? recordOf(n));
  const expected = new Set(['0 healthy', '250 healthy', '499 healthy']);
  world.pass(2 * hourMs);
  // The process knows the shared rows for a minute from now on.
  expect(await foundBy(asked, world)).toEqual(expected);
  world.requests.length = 0;
  await world.foldLater(0);
  expect(world.kinds()).toMatchObject({ recent: 500 });
  const added = world.requests.length;
  expect(await foundBy(asked, world)).toEqual(expected);
  world.requests.length = 0;
  await world.foldLater();
  expect((added + world.requests.length) / 500).toBeLessThan(0.2);
  const { recent, past = 0, record, state, tag } = world.kinds();
  expect({ recent, record, state, tag }).toEqual({ recent: undefined, record: 500, state: 500, tag: 500 });
  expect(past / 500).toBeLessThan(0.02);
  expect(await foundBy(asked, world)).toEqual(expected);
  expect(world.logged).toEqual([
    { event: 'lookups-folded', added: 500, removed: 0 },
    { event: 'lookups-folded', added: 0, removed: 500 },
  ]);
});

test('few records wait for a day; one that changes, or waits for less than three days, keeps its own row', async () => {
  const world = bench();
  const applications = ['argocd/api'];
  const waiting = [
    recordOf(1, { state: 'queued' }),
    recordOf(2, { state: 'pull-request' }),
    { ...recordOf(3, { state: 'committed' }), applications },
    { ...recordOf(4, { state: 'syncing' }), applications },
  ];
  const changing = recordOf(5, { at: start + dayMs });
  const done = [recordOf(0), recordOf(6, { state: 'committed' })];
  world.seed([...done, ...waiting, changing]);
  await world.foldLater(23 * hourMs);
  expect(world.logged).toEqual([]);
  await world.foldLater(1.5 * hourMs);
  await world.foldLater(hourMs / 3);
  expect(world.kinds()).toMatchObject({ recent: 5, past: 1 });
  expect(await foundBy([...done, changing], world)).toEqual(new Set(['0 healthy', '6 committed', '5 healthy']));
  await world.foldLater(2 * dayMs);
  await world.foldLater();
  expect(world.kinds()['recent']).toBeUndefined();
});

test('a past record that changes is found as it is now, by the new value too, once', async () => {
  const world = bench();
  const old = recordOf(3);
  world.seed([old, recordOf(4)]);
  await world.foldLater(25 * hourMs);
  await world.foldLater();
  const commit = 'f'.repeat(40);
  await world.store.update(old.update, (current) => current && moveTo(current, 'degraded', { commit }, world.clock()));
  const list = async (filter: DeploymentFilter) =>
    (await world.index.list(filter, { limit: 10 })).deployments.map(({ state }) => state);
  expect(await list({ commit })).toEqual(['degraded']);
  expect(await list({ build: { id: 4 } })).toEqual(['degraded']);
  expect(await list({ commit: old.commit ?? '' })).toEqual([]);
  world.pass(25 * hourMs);
  expect(await list({ commit })).toEqual(['degraded']);
  await world.foldLater(0);
  expect(await list({ commit })).toEqual(['degraded']);
  await world.foldLater();
  expect(world.kinds()['recent']).toBeUndefined();
  expect(await list({ commit })).toEqual(['degraded']);
  expect(await list({ build: { id: 4 } })).toEqual(['degraded']);
});

test('a record that changes while a run removes its row is found by its new value', async () => {
  const world = bench();
  const record = recordOf(3);
  world.seed([record]);
  await world.foldLater(25 * hourMs);
  const commit = 'f'.repeat(40);
  world.beforeNextWrite(() =>
    world.store.update(record.update, (current) => current && moveTo(current, 'degraded', { commit }, world.clock())),
  );
  await world.foldLater();
  const { deployments } = await world.index.list({ commit }, { limit: 5 });
  expect(deployments.map(({ state }) => state)).toEqual(['degraded']);
});

test('a record that is made again after its removal is found once', async () => {
  const world = bench();
  const record = recordOf(3);
  world.seed([record, recordOf(4)]);
  await world.foldLater(25 * hourMs);
  await world.foldLater();
  await world.store.remove(record.update);
  const again = recordOf(3, { at: start + 27 * hourMs });
  await world.store.update(record.update, () => again);
  expect(await foundBy([again], world)).toEqual(new Set(['3 healthy']));
});

test('a removed record is found by nothing, and leaves no row', async () => {
  const world = bench();
  const records = [recordOf(0), recordOf(1), recordOf(2)];
  world.seed(records);
  const stores = { rows: world.rows, records: world.store, index: world.index };
  await world.foldLater(25 * hourMs);
  await world.foldLater();
  await world.foldLater(402 * dayMs);
  await applyRetention(() => undefined, 400, { stores, now: world.clock });
  const [first = recordOf(0), , newest = recordOf(2)] = records;
  expect(await foundBy([first], world)).toEqual(new Set(['']));
  expect(await foundBy([newest], world)).toEqual(new Set(['2 healthy']));
  await world.foldLater();
  await world.foldLater();
  expect(world.kinds()).toMatchObject({ record: 1, state: 1, tag: 1, past: 1 });
  expect(world.kinds()['recent']).toBeUndefined();
  const past = world.table.entities(recordsPartition).find(({ rowKey }) => String(rowKey).startsWith('past|'));
  expect(Object.keys((JSON.parse(String(past?.['value0'])) as { records: object }).records)).toHaveLength(4);
});

test('two runs at once that end at any request lose no record', async () => {
  const records = Array.from({ length: 30 }, (_, n) => recordOf(n));
  const asked = [0, 15, 29].map((n) => records[n] ?? recordOf(n));
  for (let step = 0; ; step += 1) {
    const world = bench();
    world.seed(records);
    let count = 0;
    world.fail(() => (count += 1) > step);
    const runs = [world.foldLater(25 * hourMs), world.foldLater()];
    const ended = await Promise.allSettled(runs);
    world.fail(never);
    expect(await foundBy(asked, world)).toEqual(new Set(['0 healthy', '15 healthy', '29 healthy']));
    for (let n = 0; n < 2; n += 1) await world.foldLater();
    expect(world.kinds()['recent']).toBeUndefined();
    expect(await foundBy(asked, world)).toEqual(new Set(['0 healthy', '15 healthy', '29 healthy']));
    if (ended.every(({ status }) => status === 'fulfilled')) break;
  }
});

test('a gate on a build, a source commit or a GitOps commit costs at most 10 requests, recent records and past ones', async () => {
  const world = bench();
  // Three routes have each build and commit.
  const records = Array.from({ length: 1_500 }, (_, n) => {
    const like = recordOf(n % 500);
    const update = { ...like.update, id: hex(n, 32), route: `r${Math.floor(n / 500)}` };
    return { ...like, update };
  });
  world.seed(records);
  const { commit = '', source } = recordOf(77);
  const selectors = [
    { kind: 'build', build: 78 },
    { kind: 'commit', commit },
    { kind: 'commit', commit: source?.commit ?? '' },
  ] as const;
  const costs = async (): Promise<number> => {
    let most = 0;
    for (const selector of selectors) {
      const index = makeDeploymentIndex(world.rows, makeFormerRecords(world.rows), world.clock);
      // Whether former rows exist is asked once.
      await index.list({ source: 'none' }, { limit: 1 });
      world.requests.length = 0;
      const gate = newGate({ selector });
      const awaited = await findAwaited(gate, { index, store: world.store, findEnvironment: noEnvironment });
      expect(awaited.map(({ deployment }) => deployment.update.route).toSorted()).toEqual(['r0', 'r1', 'r2']);
      most = Math.max(most, world.requests.length);
    }
    return most;
  };
  expect(await costs()).toBeLessThanOrEqual(4);
  await world.foldLater(2 * hourMs);
  await world.foldLater();
  expect(world.kinds()['recent']).toBeUndefined();
  expect(await costs()).toBeLessThanOrEqual(10);
});

test('many past records of one commit come in pages, each of at most 20 requests and one per 10 rows', async () => {
  const world = bench();
  const commit = 'c'.repeat(40);
  world.seed(Array.from({ length: 100 }, (_, n) => recordOf(n, { commit })));
  await world.foldLater(25 * hourMs);
  await world.foldLater();
  const found: string[] = [];
  for (let after: string | undefined; ;) {
    world.requests.length = 0;
    const page = await world.index.list({ commit }, { limit: 50, ...(after !== undefined && { after }) });
    found.push(...page.deployments.map(({ update }) => update.image.tag));
    expect(page.deployments.length).toBeGreaterThan(0);
    expect(world.requests.length).toBeLessThanOrEqual(20 + page.deployments.length / 10);
    after = page.next;
    if (after === undefined) break;
  }
  expect(found).toEqual(Array.from({ length: 100 }, (_, n) => String(99 - n)));
});

/** The rows of a record as the last version wrote them: one for each lookup. */
function formerRows(record: Deployment): readonly RowWrite[] {
  const others = rowsBeside(record, undefined).filter(({ rowKey }) => !rowKey.startsWith('recent|'));
  const key =
    others
      .find(({ rowKey }) => rowKey.startsWith('state|'))
      ?.rowKey.split('|')
      .at(-1) ?? '';
  const { commit = '', build, source, update } = record;
  const prefixes = [
    `commit|${commit}|`,
    `build|${build?.id}|`,
    `source|${source?.commit}|`,
    `digest|${update.image.digest?.replace(':', '-')}|`,
  ];
  return [...others, ...prefixes.map((prefix) => ({ rowKey: prefix + key, value: record }))];
}

test('rows of earlier versions: records are found by them as they are now, until they are moved and after', async () => {
  const world = bench();
  const records = Array.from({ length: 40 }, (_, n) => recordOf(n));
  world.seed(records, formerRows);
  const asked = [0, 20, 39].map((n) => records[n] ?? recordOf(n));
  expect(await foundBy(asked, world)).toEqual(new Set(['0 healthy', '20 healthy', '39 healthy']));
  const [first = recordOf(0)] = records;
  await world.store.update(first.update, (current) => current && moveTo(current, 'degraded', {}, world.clock()));
  expect(await foundBy(asked, world)).toEqual(new Set(['0 degraded', '20 healthy', '39 healthy']));
  const move = () => moveFormerRows(() => undefined, { rows: world.rows, now: world.clock });
  await move();
  expect(await foundBy(asked, world)).toEqual(new Set(['0 degraded', '20 healthy', '39 healthy']));
  // One run for each kind of row, and one that finds none.
  for (let run = 0; run < 4; run += 1) {
    expect(world.kinds()['moved']).toBeUndefined();
    await move();
  }
  expect(world.kinds()).toEqual({
    changed: 1,
    environment: 1,
    image: 1,
    moved: 1,
    pair: 3,
    past: 1,
    recent: 1,
    record: 40,
    state: 40,
    tag: 40,
  });
  const again = { ...world, index: makeDeploymentIndex(world.rows, makeFormerRecords(world.rows), world.clock) };
  expect(await foundBy(asked, again)).toEqual(new Set(['0 degraded', '20 healthy', '39 healthy']));
});

test('rows of earlier versions are kept where another run was faster, and moved by the next', async () => {
  const world = bench();
  const old = Array.from({ length: 5 }, (_, n) => recordOf(n));
  const recent = Array.from({ length: 5 }, (_, n) => recordOf(n + 5));
  world.seed(recent);
  world.seed(old, formerRows);
  await world.rows.remove(recordsPartition, 'moved');
  world.pass(25 * hourMs);
  const move = () => moveFormerRows(() => undefined, { rows: world.rows, now: world.clock });
  world.beforeNextWrite(() => world.foldLater(0));
  await move();
  expect(world.kinds()).toMatchObject({ build: 5 });
  for (let n = 0; n < 5; n += 1) {
    await move();
    await world.foldLater();
  }
  expect(world.kinds()).toMatchObject({ past: 1, record: 10, moved: 1 });
  const states = new Set([...old, ...recent].map(({ update }) => `${update.image.tag} healthy`));
  expect(await foundBy([...old, ...recent], world)).toEqual(states);
});

test('a shared row of an unknown shape hides its own records only, and stops no run', async () => {
  const world = bench();
  world.seed(Array.from({ length: 30 }, (_, n) => recordOf(n)));
  await world.foldLater(25 * hourMs);
  await world.foldLater();
  const past = world.table.entities(recordsPartition).find(({ rowKey }) => String(rowKey).startsWith('past|'));
  await world.rows.put(recordsPartition, String(past?.['rowKey']), { other: true });
  const later = Array.from({ length: 30 }, (_, n) => recordOf(n + 100, { at: start + 30 * hourMs }));
  for (const record of later) await world.store.update(record.update, () => record);
  await world.foldLater(40 * hourMs);
  await world.foldLater();
  expect(world.kinds()).toMatchObject({ past: 2 });
  expect(world.kinds()['recent']).toBeUndefined();
  expect(await foundBy([recordOf(100, { at: start + 30 * hourMs })], world)).toEqual(new Set(['100 healthy']));
  expect((await world.index.list({ tag: '1' }, { limit: 5 })).deployments).toHaveLength(1);
});
