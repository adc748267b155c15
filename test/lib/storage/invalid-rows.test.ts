import { expect, onTestFinished, test } from 'vitest';
import { startStorage } from '../../../local/storage/storage.ts';
import { Failure } from '../../../src/lib/model/failure.ts';
import type { Log } from '../../../src/lib/model/log.ts';
import { InvalidRows, invalidRowsPartition } from '../../../src/lib/storage/invalid-rows.ts';
import { rowVersion } from '../../../src/lib/storage/stored-value.ts';
import { makeTableRows } from '../../../src/lib/storage/table-rows.ts';
import type { TableRows } from '../../../src/lib/storage/table-rows.ts';
import { countedTable } from '../../support/counted-table.ts';

/** @returns makes the table of one process of the app, each with the same storage */
async function sharedRows(): Promise<() => TableRows> {
  const storage = await startStorage();
  onTestFinished(() => storage.close());
  return () => makeTableRows({ AzureWebJobsStorage: storage.connectionString });
}

const noLog: Log = () => undefined;
const at =
  (day: number, hour = 12) =>
  (): Date =>
    new Date(Date.UTC(2026, 10, day, hour));
const rowOf = (rowKey: string) => ({ partitionKey: 'p', rowKey, problem: 'id: expected string' });
const shownOf = async (invalid: InvalidRows) => (await invalid.report()).rows.map(({ row }) => row);

test('a report has the rows that every instance met during the last day, each once', async () => {
  const makeRows = await sharedRows();
  const instance = (now: () => Date): InvalidRows => new InvalidRows({ rows: makeRows(), log: noLog, now });
  const [one, other] = [instance(at(20)), instance(at(20, 13))];
  one.note(rowOf('a'));
  one.note(rowOf('b'));
  expect((await shownOf(one)).toSorted()).toEqual(['a', 'b']);
  other.note(rowOf('b'));
  other.note(rowOf('c'));
  expect((await other.report()).count).toBe(3);
  const third = await instance(at(20, 14)).report();
  expect(third.count).toBe(3);
  expect(third.rows[0]).toEqual({
    partition: 'p',
    row: expect.stringMatching(/[bc]/) as string,
    problem: rowOf('').problem,
  });
  expect(third.rows.map(({ row }) => row).toSorted()).toEqual(['a', 'b', 'c']);
  expect((await shownOf(instance(at(21, 12)))).toSorted()).toEqual(['b', 'c']);
  expect(await instance(at(22)).report()).toEqual({ count: 0, rows: [] });
});

test('a row that was of a newer version is no longer shown by that version', async () => {
  const rows = (await sharedRows())();
  const now = at(1);
  const invalid = new InvalidRows({ rows, log: noLog, now });
  invalid.note({ ...rowOf('newer'), newerVersion: rowVersion + 1 });
  expect(await shownOf(invalid)).toEqual(['newer']);
  const met = { partition: 'p', row: 'readable', problem: 'v', at: now().toISOString(), newerVersion: rowVersion };
  await rows.put(invalidRowsPartition, `${met.at.slice(0, 10)}|x`, met);
  expect(await shownOf(invalid)).toEqual(['newer']);
});

test('rows that are met together are stored by few requests, and only once', async () => {
  const { settings, uncounted, requestsOf } = await countedTable();
  await makeTableRows(uncounted).put('p', 'first', {});
  const invalid = new InvalidRows({ rows: makeTableRows(settings), log: noLog, now: at(20) });
  const requests = await requestsOf(async () => {
    for (let time = 0; time < 3; time += 1) {
      for (let number = 0; number < 90; number += 1) invalid.note(rowOf(`row${number}`));
    }
    expect((await invalid.report()).count).toBe(90);
  });
  expect(requests.filter((request) => !request.startsWith('GET'))).toHaveLength(2);
});

test('storage that does not store the count is logged, fails nothing, and the row is counted when it is met again', async () => {
  const rows = (await sharedRows())();
  let isDown = true;
  const put: TableRows['put'] = (...row) =>
    isDown ? Promise.reject(new Failure('storage-unavailable', 'down')) : rows.put(...row);
  const logged: string[] = [];
  const log: Log = (_level, event) => logged.push(event);
  const invalid = new InvalidRows({ rows: { ...rows, put }, log, now: at(10) });
  invalid.note(rowOf('again'));
  invalid.note(rowOf('never'));
  expect(await shownOf(invalid)).toEqual([]);
  expect(logged).toEqual(['row-invalid', 'row-invalid', 'invalid-rows-not-counted']);
  isDown = false;
  invalid.note(rowOf('again'));
  expect(await shownOf(invalid)).toEqual(['again']);
});
