import { expect, test } from 'vitest';
import { z } from 'zod';
import { recordsPartition, rowKeys } from '../../../src/lib/deployments/record-rows.ts';
import { makeTableStore } from '../../../src/lib/deployments/table-store.ts';
import { countChanges } from '../../../src/lib/figures/count-changes.ts';
import { makeFigureStore } from '../../../src/lib/figures/figure-store.ts';
import { tallyOf } from '../../../src/lib/figures/tally.ts';
import { moveTo } from '../../../src/lib/model/deployment.ts';
import type { Deployment } from '../../../src/lib/model/deployment.ts';
import { sharedTable } from '../../support/shared-storage.ts';
import { recordOf } from './records.ts';
import { readTally } from './tallies.ts';

const makeRows = sharedTable();
const partition = '|figures';
const wrong = { otherwise: true };
const noPack = { columns: 'no compressed text' };
let month = 0;

/** Three hours of records in a month of their own, counted. */
async function counted() {
  const rows = makeRows();
  const store = makeTableStore(rows);
  const figures = makeFigureStore(rows);
  month += 1;
  const days = `2026-${String(month).padStart(2, '0')}`;
  const records = [0, 1, 2].map((n) =>
    recordOf(`${month}-${n}`, [
      ['queued', `${days}-20T0${n}:00:00.000Z`],
      ['committed', `${days}-21T0${n}:00:00.000Z`],
      ['healthy', `${days}-2${n + 1}T0${n}:10:00.000Z`],
    ]),
  );
  for (const record of records) await store.update(record.update, () => record);
  const count = () => countChanges('', { rows, figures, now: () => new Date() });
  await count();
  const read = () => readTally(figures, `${days}-01`, `${days}-28`);
  /** A change of a record leaves its hour to be counted. */
  const change = async (number: number): Promise<readonly Deployment[]> => {
    const record = records[number];
    if (!record) throw new Error('there is no such record');
    const changed = moveTo(record, 'degraded', {}, new Date(`${days}-23T05:00:00.000Z`));
    await store.update(record.update, () => changed);
    return records.map((one) => (one === record ? changed : one));
  };
  const waiting = () => rows.page(recordsPartition, z.unknown(), { prefix: rowKeys.changed + days, limit: 10 });
  const keys = async (prefix: string) =>
    (await rows.page(partition, z.unknown(), { prefix: prefix + days, limit: 10 })).map(({ rowKey }) => rowKey);
  return { rows, records, count, read, change, waiting, keys, days };
}

test.each([
  ['of another shape', wrong],
  ['that cannot be unpacked', noPack],
])('a day %s is computed again from the hours when one of them changes', async (_, value) => {
  const { rows, count, read, change, waiting, keys } = await counted();
  for (const key of await keys('day|')) await rows.put(partition, key, value);
  const records = await change(1);
  await count();
  expect(await waiting()).toEqual([]);
  expect(await read()).toEqual(tallyOf(records));
});

test('a damaged day is computed again when it is read', async () => {
  const { rows, records, read, keys } = await counted();
  for (const key of await keys('day|')) await rows.put(partition, key, noPack);
  expect(await read()).toEqual(tallyOf(records));
});

test('a damaged hour is counted again with its days', async () => {
  const { rows, count, read, change, waiting, keys } = await counted();
  const [, second = ''] = await keys('hour|');
  await rows.put(partition, second, noPack);
  const records = await change(1);
  await count();
  expect(await waiting()).toEqual([]);
  expect(await read()).toEqual(tallyOf(records));
});

test('if hours and days are damaged, the hours are counted again too', async () => {
  const { rows, count, read, change, waiting, keys } = await counted();
  for (const key of [...(await keys('day|')), ...(await keys('hour|'))]) await rows.put(partition, key, wrong);
  const records = await change(1);
  await count();
  await count();
  expect(await waiting()).toEqual([]);
  expect(await read()).toEqual(tallyOf(records));
});

test('damaged rows are removed with their days', async () => {
  const { rows, keys, days } = await counted();
  const all = async () => [...(await keys('day|')), ...(await keys('hour|'))];
  for (const key of await all()) await rows.put(partition, key, wrong);
  await makeFigureStore(rows).removeBefore(`${days}-28`, 1_000);
  expect(await all()).toEqual([]);
});
