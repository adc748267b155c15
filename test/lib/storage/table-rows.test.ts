import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { startStorage } from '../../../local/storage/storage.ts';
import type { Log } from '../../../src/lib/model/log.ts';
import { connectTable } from '../../../src/lib/storage/table-client.ts';
import { InvalidRows } from '../../../src/lib/storage/invalid-rows.ts';
import { gatherPuts } from '../../../src/lib/async/gathered-puts.ts';
import { makeTableRows, refuseNewer } from '../../../src/lib/storage/table-rows.ts';
import type { TableRows } from '../../../src/lib/storage/table-rows.ts';
import { countedTable } from '../../support/counted-table.ts';
import { serveOnLoopback } from '../../support/loopback-server.ts';

const schema = z.object({ number: z.number() });

async function twoClients() {
  const storage = await startStorage();
  onTestFinished(() => storage.close());
  const settings = { AzureWebJobsStorage: storage.connectionString };
  return [makeTableRows(settings), makeTableRows(settings)] as const;
}

function add(current: { readonly number: number } | undefined) {
  return { number: (current?.number ?? 0) + 1 };
}

test('rows that are put at once are all there, and of one row the last', async () => {
  const [rows] = await twoClients();
  const numbers = Array.from({ length: 250 }, (_, number) => number);
  await Promise.all(numbers.map((number) => rows.put('many', `row${number % 240}`, { number })));
  const found = await rows.list('many', schema);
  expect(found.map(({ number }) => number).toSorted((a, b) => a - b)).toEqual(numbers.slice(10));
});

test('while rows of a partition are being written, later ones gather; another partition does not wait', async () => {
  const written: string[] = [];
  const landing: (() => void)[] = [];
  const landed = new Promise<void>((resolve) => landing.push(resolve));
  const put = gatherPuts(async (partition, puts) => {
    written.push(`${partition}: ${puts.map(({ rowKey }) => rowKey).join(' ')}`);
    if (written.length === 1) await landed;
  });
  const all = ['a', 'b', 'c', 'b'].map((rowKey) => put('one', { rowKey, value: {} }));
  await put('other', { rowKey: 'd', value: {} });
  for (const land of landing) land();
  await Promise.all(all);
  expect(written).toEqual(['one: a', 'other: d', 'one: b c']);
});

test('rows that cannot be written are told to those who wait, and the next ones are tried', async () => {
  let tries = 0;
  const put = gatherPuts(async () => {
    tries += 1;
    await Promise.resolve();
    if (tries === 1) throw new Error('down');
  });
  const first = put('one', { rowKey: 'a', value: {} });
  const second = put('one', { rowKey: 'b', value: {} });
  await expect(first).rejects.toThrow('down');
  await second;
  expect(tries).toBe(2);
});

test('a change is made on what others wrote since the row was read', async () => {
  const [rows, others] = await twoClients();
  await rows.change('one', 'row', schema, add);
  await others.change('one', 'row', schema, add);
  await rows.change('one', 'row', schema, add);
  expect(await rows.read('one', 'row', schema)).toEqual({ number: 3 });
});

test('a row is left as it is only by what it holds now', async () => {
  const [rows, others] = await twoClients();
  await rows.change('one', 'row', schema, () => ({ number: 1 }));
  await others.change('one', 'row', schema, () => ({ number: 2 }));
  const seen: unknown[] = [];
  await rows.change('one', 'row', schema, (current) => {
    seen.push(current?.number);
    return current?.number === 1 ? undefined : { number: 9 };
  });
  expect(seen.at(-1)).toBe(2);
  expect(await others.read('one', 'row', schema)).toEqual({ number: 9 });
});

test('a row that another has removed is made again, one that another has made is changed', async () => {
  const [rows, others] = await twoClients();
  await rows.change('one', 'row', schema, () => ({ number: 1 }));
  await others.change('one', 'row', schema, () => 'cleared');
  await rows.change('one', 'row', schema, (current) => ({ number: (current?.number ?? 6) + 1 }));
  expect(await others.read('one', 'row', schema)).toEqual({ number: 7 });
});

test.each([[[]], [[{ rowKey: 'beside', value: { text: 'x' } }]]])(
  'a column stays when the row is written without it, and nothing stays of a longer value (beside %j)',
  async (beside) => {
    const [rows] = await twoClients();
    const texts = z.object({ text: z.string() });
    const write = async (length: number, columns: Record<string, string>) =>
      rows.change('one', 'row', texts, () => ({ text: 'x'.repeat(length) }), {
        columns: () => columns,
        beside: () => beside,
      });
    await write(70_000, { note: 'first' });
    await write(40_000, {});
    await write(10, {});
    const [row] = await rows.page('one', texts, { prefix: 'row', limit: 1 });
    expect(row).toMatchObject({ value: { text: 'x'.repeat(10) }, columns: { note: 'first' } });
    await write(20, { note: 'second' });
    expect((await rows.page('one', texts, { prefix: 'row', limit: 1 }))[0]?.columns).toEqual({ note: 'second' });
  },
);

test('a row that is expected to be new is inserted without a read, or changed if another made it', async () => {
  const { settings, uncounted, requestsOf } = await countedTable();
  const [mine, other] = [makeTableRows(settings), makeTableRows(uncounted)];
  await other.change('p', 'there', schema, add);
  const [insert, ...more] = await requestsOf(() => mine.change('p', 'new', schema, add, { isNew: true }));
  expect([insert?.split(' ')[0], more]).toEqual(['POST', []]);
  await mine.change('p', 'there', schema, add, { isNew: true });
  expect(await other.read('p', 'there', schema)).toEqual({ number: 2 });
});

const firstRow = () => ({ partitionKey: 'p', rowKey: 'first', value: { number: 0 } });

test('a new table begins with the first row; a table that is there gets none', async () => {
  const storage = await startStorage();
  onTestFinished(() => storage.close());
  const rows = makeTableRows({ AzureWebJobsStorage: storage.connectionString }, { firstRow });
  await rows.change('p', 'a', schema, add);
  expect(await rows.list('p', schema)).toEqual([{ number: 1 }, { number: 0 }]);
  await rows.remove('p', 'first');
  await rows.put('p', 'b', { number: 2 });
  expect(await rows.list('p', schema)).toEqual([{ number: 1 }, { number: 2 }]);
});

test('storage that takes a request and never answers fails it in time', async () => {
  const silent = await serveOnLoopback(() => undefined);
  onTestFinished(() => silent.close());
  const account = 'DefaultEndpointsProtocol=http;AccountName=silent;AccountKey=c2lsZW50';
  const rows = makeTableRows(
    { AzureWebJobsStorage: `${account};TableEndpoint=${silent.url}/silent;` },
    { requestTimeoutMs: 50 },
  );
  const value = { number: 1 };
  const asked = [
    rows.read('p', 'r', schema),
    rows.list('p', schema),
    rows.put('p', 'r', value),
    rows.change('p', 'r', schema, () => value),
    rows.remove('p', 'r'),
  ];
  for (const one of asked) await expect(one).rejects.toMatchObject({ code: 'storage-unavailable' });
});

test('a row of a newer version is skipped, logged once, and never overwritten; a damaged one can be replaced', async () => {
  const storage = await startStorage();
  onTestFinished(() => storage.close());
  const settings = { AzureWebJobsStorage: storage.connectionString };
  const logged: unknown[] = [];
  const rows: TableRows = makeTableRows(settings, { onInvalidRow: (row) => invalid.note(row) });
  const log: Log = (_level, event, fields) => logged.push([event, fields?.['row']]);
  const invalid = new InvalidRows({ rows, log, now: () => new Date() });
  await rows.put('p', 'good', { number: 1 });
  const client = await connectTable(settings, {});
  expect(await client.getEntity('p', 'good')).toMatchObject({ v: 1 });
  const row = { partitionKey: 'p', value0: '{"number":7}' };
  await client.createEntity({ ...row, rowKey: 'former' });
  await client.createEntity({ ...row, rowKey: 'newer', v: 2 });
  await client.createEntity({ ...row, rowKey: 'damaged', value0: '{"num' });
  const readAll = async () => (await rows.list('p', schema)).map(({ number }) => number);
  expect(await readAll()).toEqual([7, 1]);
  expect(await readAll()).toEqual([7, 1]);
  expect(logged).toEqual([
    ['row-invalid', 'damaged'],
    ['row-newer', 'newer'],
  ]);
  const change = (rowKey: string, replacesDamaged: boolean) =>
    rows.change('p', rowKey, schema, add, { replacesDamaged });
  await expect(change('damaged', false)).rejects.toMatchObject({ code: 'row-invalid', kind: 'permanent' });
  const newer = { code: 'row-newer', kind: 'retryable', retryAfterSeconds: 60 };
  await expect(change('newer', true)).rejects.toMatchObject(newer);
  await expect(rows.read('p', 'newer', schema)).rejects.toMatchObject(newer);
  await expect(rows.read('p', 'newer', schema, refuseNewer)).rejects.toMatchObject(newer);
  await expect(rows.page('p', schema, { limit: 10, standIn: refuseNewer })).rejects.toMatchObject(newer);
  expect(await rows.read('p', 'damaged', schema, refuseNewer)).toBeUndefined();
  await change('damaged', true);
  expect(await rows.read('p', 'damaged', schema)).toEqual({ number: 1 });
});

test('rows are written with another one, also more than a transaction takes; a removed row stops nothing', async () => {
  const [rows, others] = await twoClients();
  const number = 1;
  const beside = () => [
    { rowKey: 'gone' },
    ...Array.from({ length: 250 }, (_, index) => ({
      rowKey: `row${index}`,
      value: { number: index },
      columns: { number },
    })),
  ];
  await rows.change('one', 'row', schema, () => ({ number }), { beside });
  expect(await others.list('one', schema)).toHaveLength(251);
  await others.change('one', 'row', schema, add);
  await rows.change('one', 'row', schema, add, { beside: () => [{ rowKey: 'row7' }] });
  expect(await others.list('one', schema)).toHaveLength(250);
  expect(await others.read('one', 'row', schema)).toEqual({ number: 3 });
});
