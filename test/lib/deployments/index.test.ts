import { expect, onTestFinished, test } from 'vitest';
import { startStorage } from '../../../local/storage/storage.ts';
import { connectTable } from '../../../src/lib/storage/table-client.ts';
import { makeTableRows } from '../../../src/lib/storage/table-rows.ts';
import { makeDeploymentIndex } from '../../../src/lib/deployments/deployment-index.ts';
import { makeHasRecord } from '../../../src/lib/deployments/record-images.ts';
import { moveTo, queued } from '../../../src/lib/model/deployment.ts';
import type { Deployment } from '../../../src/lib/model/deployment.ts';
import { withOrigin } from '../../../src/lib/model/with-origin.ts';
import type { KnownBuild } from '../../../src/lib/model/image-origin.ts';
import { makeTableStore } from '../../../src/lib/deployments/table-store.ts';
import { updateId } from '../../../src/lib/model/tag-update.ts';
import type { TagUpdate } from '../../../src/lib/model/tag-update.ts';

const repository = 'https://dev.azure.com/contoso/platform/_git/gitops';

async function bench() {
  const storage = await startStorage();
  onTestFinished(() => storage.close());
  const { connectionString } = storage;
  const rows = makeTableRows({ AzureWebJobsStorage: connectionString });
  const store = makeTableStore(rows);
  return { rows, store, index: makeDeploymentIndex(rows), connectionString };
}

function update(tag: string, route = 'api', environment = 'dev'): TagUpdate {
  const image = { registry: 'contoso.azurecr.io', repository: route, tag };
  return {
    id: updateId(route, environment, image, false),
    route,
    environment,
    image,
    pushedAt: '2026-11-20T10:00:00.000Z',
    cause: { kind: 'push' },
  };
}

function at(second: number): Date {
  return new Date(Date.UTC(2026, 10, 20, 12, 0, second));
}

function tags({ deployments }: { readonly deployments: readonly Deployment[] }): string[] {
  return deployments.map((deployment) => deployment.update.image.tag);
}

test('a record is found by its id alone', async () => {
  const { store, index } = await bench();
  const wanted = update('1');
  expect(await index.findById(wanted.id)).toBeUndefined();
  await store.update(wanted, () => queued(wanted, repository, at(0)));
  expect(await index.findById(wanted.id)).toMatchObject({ update: wanted, state: 'queued' });
});

test('an image is known once it has had a record', async () => {
  const { rows, store } = await bench();
  const hasRecord = makeHasRecord(rows);
  expect(await hasRecord('contoso.azurecr.io/api')).toBe(false);
  await store.update(update('1'), () => queued(update('1'), repository, at(0)));
  expect(await hasRecord('contoso.azurecr.io/api')).toBe(true);
  expect(await hasRecord('contoso.azurecr.io/web')).toBe(false);
});

test('records are found by the first digits of their ids', async () => {
  const { store, index } = await bench();
  const all = ['1', '2', '3'].map((tag) => Object.assign(update(tag), { id: `abc${tag}`.padEnd(32, '0') }));
  for (const one of all) await store.update(one, () => queued(one, repository, at(0)));
  expect((await index.findByPrefix('abc1', 20)).map(({ update: { id } }) => id)).toEqual([all[0]?.id]);
  expect(await index.findByPrefix('abc', 20)).toHaveLength(3);
  expect(await index.findByPrefix('abc', 2)).toHaveLength(2);
  expect(await index.findByPrefix('abd', 20)).toEqual([]);
});

test('the newest first, by the first insert: no later state changes the order', async () => {
  const { store, index } = await bench();
  for (const [second, tag] of ['1', '2', '3'].entries()) {
    await store.update(update(tag), () => queued(update(tag), repository, at(second)));
  }
  await store.update(update('1'), (current) => current && moveTo(current, 'superseded', {}, at(50)));
  expect(tags(await index.list({}, { limit: 10 }))).toEqual(['3', '2', '1']);
});

test('pages: each record once, whatever comes in between', async () => {
  const { store, index } = await bench();
  for (let n = 0; n < 7; n += 1) await store.update(update(`${n}`), () => queued(update(`${n}`), repository, at(n)));
  const seen: string[] = [];
  let after: string | undefined;
  do {
    const page = await index.list({}, { limit: 3, ...(after === undefined ? {} : { after }) });
    seen.push(...tags(page));
    const late = update(`late${seen.length}`);
    await store.update(late, () => queued(late, repository, at(59)));
    after = page.next;
  } while (after !== undefined);
  expect(seen).toEqual(['6', '5', '4', '3', '2', '1', '0']);
});

test('filters, alone and together', async () => {
  const { store, index } = await bench();
  const all = [update('1'), update('2'), update('2', 'api', 'prod'), update('2', 'web')];
  for (const [second, one] of all.entries()) await store.update(one, () => queued(one, repository, at(second)));
  const commit = 'a'.repeat(40);
  const committed = update('2', 'api', 'prod');
  await store.update(committed, (current) => current && moveTo(current, 'committed', { commit }, at(9)));
  await store.update(update('1'), (current) => current && moveTo(current, 'rejected', {}, at(9)));
  const ask = async (filter: Parameters<typeof index.list>[0]) =>
    (await index.list(filter, { limit: 10 })).deployments.map(
      ({ update: { route, environment, image } }) => `${route} ${environment} ${image.tag}`,
    );
  expect(await ask({ tag: '2' })).toEqual(['web dev 2', 'api prod 2', 'api dev 2']);
  expect(await ask({ tag: '2', route: 'api' })).toEqual(['api prod 2', 'api dev 2']);
  expect(await ask({ image: 'contoso.azurecr.io/web' })).toEqual(['web dev 2']);
  expect(await ask({ commit })).toEqual(['api prod 2']);
  expect(await ask({ commit, environment: 'dev' })).toEqual([]);
  expect(await ask({ state: 'rejected' })).toEqual(['api dev 1']);
  expect(await ask({ state: 'committed' })).toEqual(['api prod 2']);
  expect(await ask({ environment: 'prod' })).toEqual(['api prod 2']);
});

test('more records than are read at once: a rare match is found, and a page says where to go on', async () => {
  const { store, index } = await bench();
  await Promise.all(
    Array.from({ length: 120 }, (_, n) => {
      const one = update(`${n}`, n === 0 ? 'rare' : 'api');
      return store.update(one, () => queued(one, repository, at(n === 0 ? 0 : 1)));
    }),
  );
  expect(tags(await index.list({ route: 'rare' }, { limit: 1 }))).toEqual(['0']);
});

test('a record that leaves a listed state, or is removed, is not found there any more', async () => {
  const { store, index } = await bench();
  const [one, two] = [update('1'), update('2')];
  for (const each of [one, two])
    await store.update(each, () => moveTo(queued(each, repository, at(0)), 'abandoned', {}, at(1)));
  expect(tags(await index.list({ state: 'abandoned' }, { limit: 10 })).toSorted()).toEqual(['1', '2']);
  await store.update(one, (current) => current && moveTo(current, 'committed', {}, at(2)));
  await store.remove(two);
  expect(await index.list({ state: 'abandoned' }, { limit: 10 })).toEqual({ deployments: [] });
  expect(await index.findById(two.id)).toBeUndefined();
});

test('names of routes cannot be taken for partitions of the index', async () => {
  const { store, index } = await bench();
  const odd = [update('dev', 'tag', 'dev'), update('1', 'time'), update('1', 'push', 'x')];
  for (const one of odd) await store.update(one, () => queued(one, repository, at(0)));
  expect(tags(await index.list({ tag: 'dev' }, { limit: 10 }))).toEqual(['dev']);
  expect((await index.list({}, { limit: 10 })).deployments).toHaveLength(3);
  expect(await store.allIntents()).toEqual([]);
});

test('a mark that a person sets or clears keeps its history, the newest first', async () => {
  const { store } = await bench();
  const key = { route: 'api', environment: 'dev' };
  const mark = { tag: '7', pushedAt: '2026-11-20T10:00:00.000Z' };
  expect(await store.setMark(key, { id: 'a', at: at(1).toISOString(), reason: 'freeze', mark })).toBeUndefined();
  expect(await store.findMark(key)).toEqual(mark);
  const cleared = { id: 'b', at: at(2).toISOString(), reason: 'go on', mark: undefined };
  expect(await store.setMark(key, cleared)).toEqual(mark);
  expect(await store.findMark(key)).toBeUndefined();
  expect(await store.markHistory(key, 10)).toEqual([
    { at: at(2).toISOString(), reason: 'go on', before: mark },
    { at: at(1).toISOString(), reason: 'freeze', after: mark },
  ]);
});

test('the push intents of every branch, the oldest first', async () => {
  const { store } = await bench();
  const record = (id: string, target: string, second: number) =>
    store.recordIntent({ id, target, base: 'b', updates: [], at: at(second).toISOString() });
  await record('x', `${repository}#main`, 2);
  await record('y', `${repository}#release/1`, 1);
  expect((await store.allIntents()).map(({ id }) => id)).toEqual(['y', 'x']);
});

function build(id: number, details: Partial<KnownBuild> = {}): KnownBuild {
  return {
    collection: 'https://dev.azure.com/contoso',
    project: 'shop',
    id,
    number: `20261120.${id}`,
    url: `https://dev.azure.com/contoso/shop/_build/results?buildId=${id}`,
    definition: { id: 12, name: 'shop-api' },
    sourceBranch: 'refs/heads/main',
    sourceVersion: sourceCommit,
    reason: 'individualCI',
    trusted: true,
    ...details,
  };
}

const sourceCommit = '4f9c'.repeat(10);

test('a record is found by its build and by the commit that was built, once it has learnt them', async () => {
  const { store, index } = await bench();
  await store.update(update('1'), () => queued(update('1'), repository, at(0)));
  const byBuild = { build: { id: 1241, collection: 'https://dev.azure.com/Contoso' } };
  expect(tags(await index.list(byBuild, { limit: 10 }))).toEqual([]);
  const origin = { build: build(1241), source: { commit: sourceCommit } };
  await store.update(update('1'), (current) => current && withOrigin(current, origin, at(1)));
  await store.update(
    update('1'),
    (current) => current && moveTo(current, 'committed', { commit: 'a1'.repeat(20) }, at(2)),
  );
  expect(tags(await index.list(byBuild, { limit: 10 }))).toEqual(['1']);
  expect(tags(await index.list({ build: { id: 1241 }, state: 'committed' }, { limit: 10 }))).toEqual(['1']);
  expect(tags(await index.list({ source: sourceCommit }, { limit: 10 }))).toEqual(['1']);
  const other = { build: { id: 1241, collection: 'https://dev.azure.com/fabrikam' } };
  expect(tags(await index.list(other, { limit: 10 }))).toEqual([]);
  expect(await index.findById(update('1').id)).toMatchObject(origin);
});

test('a trusted build gives way to another trusted one only', () => {
  const known = { ...queued(update('1'), repository, at(0)), build: build(1), source: { commit: sourceCommit } };
  expect(withOrigin(known, { build: build(2, { trusted: false }) }, at(1))).toBeUndefined();
  expect(withOrigin(known, { source: { commit: 'b2'.repeat(20) } }, at(1))).toBeUndefined();
  expect(withOrigin(known, { build: build(1), source: { commit: sourceCommit } }, at(1))).toBeUndefined();
  expect(withOrigin(known, { build: build(2) }, at(1))).toMatchObject({ build: { id: 2 } });
});

test('records and push intents of versions before `cause` are read', async () => {
  const { rows, store } = await bench();
  const id = '1'.repeat(32);
  const of = '2'.repeat(32);
  const { cause: _cause, ...plain } = update('7');
  const stored = { ...plain, id, replay: { of, number: 1, from: '6' } };
  const times = { states: [{ state: 'queued', at: '2026-11-20T10:00:00Z' }], updatedAt: '2026-11-20T10:00:00Z' };
  await rows.put('api|dev', id, { update: stored, state: 'queued', ...times });
  const entry = { id, route: 'api', environment: 'dev', image: 'contoso.azurecr.io/api', tag: '7' };
  await rows.put('|time', `8236370399999-${id}`, entry);
  const target = `${repository}#main`;
  const encoded = encodeURIComponent(target).replaceAll('%', '=');
  await rows.put(`|push|${encoded}`, 'x', { id: 'x', target, base: 'b', updates: [stored], at: times.updatedAt });
  const expected = { ...plain, id, cause: { kind: 'overtaken', of, number: 1, from: '6' } };
  expect((await store.find({ id, route: 'api', environment: 'dev' }))?.update).toEqual(expected);
  expect((await store.intents(target))[0]?.updates).toEqual([expected]);
});

test('a row of an unknown shape is left out of lists and reported, and is no outage', async () => {
  const storage = await startStorage();
  onTestFinished(() => storage.close());
  const invalid: string[] = [];
  const rows = makeTableRows(
    { AzureWebJobsStorage: storage.connectionString },
    { onInvalidRow: ({ partitionKey, rowKey }) => invalid.push(`${partitionKey} ${rowKey}`) },
  );
  const store = makeTableStore(rows);
  const index = makeDeploymentIndex(rows);
  for (const [second, tag] of ['1', '2', '3'].entries()) {
    await store.update(update(tag), () => queued(update(tag), repository, at(second)));
  }
  const odd = update('2');
  const key = `${9_999_999_999_999 - at(1).getTime()}-${odd.id}`;
  await rows.put('|records', `record|${odd.id}`, { update: odd, state: 'teleported', states: [] });
  await rows.put('|records', `state|queued|${key}`, { from: 'another version' });
  expect(tags(await index.list({}, { limit: 10 }))).toEqual(['3', '1']);
  expect(new Set(invalid)).toEqual(new Set([`|records state|queued|${key}`]));
  await expect(store.find(odd)).rejects.toMatchObject({ code: 'row-invalid', kind: 'permanent' });
});

test('a list omits records of a newer version, or fails where it is to have all that match', async () => {
  const { store, index, connectionString } = await bench();
  const one = update('1');
  await store.update(one, () => queued(one, repository, at(1)));
  await store.update(update('2'), () => queued(update('2'), repository, at(2)));
  const client = await connectTable({ AzureWebJobsStorage: connectionString });
  for await (const { partitionKey = '', rowKey = '' } of client.listEntities()) {
    const isOfOne = partitionKey === '|records' && rowKey.endsWith(one.id);
    if (isOfOne) await client.updateEntity({ partitionKey, rowKey, v: 2 }, 'Merge');
  }
  const page = { limit: 10, refusesNewer: true };
  const { route, environment } = one;
  expect(tags(await index.list({ route, environment }, { limit: 10 }))).toEqual(['2']);
  await expect(index.list({ route, environment }, page)).rejects.toMatchObject({ code: 'row-newer' });
  await expect(index.list({ tag: '1' }, page)).rejects.toMatchObject({ code: 'row-newer' });
  expect(tags(await index.list({ tag: '2' }, page))).toEqual(['2']);
  expect(tags(await index.list({ route: 'another' }, page))).toEqual([]);
});

test('names of any length and alphabet have a record and a mark, each its own', async () => {
  const { store } = await bench();
  const long = ['ルート'.repeat(60), `${'ルート'.repeat(60)}x`];
  for (const [second, route] of long.entries()) {
    const one = { ...update(String(second)), route };
    await store.update(one, () => queued(one, repository, at(second)));
    await store.updateMark({ route, environment: 'dev' }, () => ({ tag: String(second), pushedAt: one.pushedAt }));
  }
  for (const [second, route] of long.entries()) {
    expect(await store.find({ ...update(String(second)), route })).toMatchObject({ update: { route } });
    expect(await store.findMark({ route, environment: 'dev' })).toMatchObject({ tag: String(second) });
  }
});
