import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { changedRow, isDone, mostEntries, mostOfOne } from '../../../../src/lib/deployments/lookups/past-rows.ts';
import type { PastEntry, PastRow } from '../../../../src/lib/deployments/lookups/past-rows.ts';

const hashOf = (n: number): string => n.toString(16).padStart(16, '0');

/** The row that a look-up of the hash reads: the first whose key is greater. */
function rowFor(hash: string, rows: readonly PastRow[]): PastRow {
  const [found] = rows
    .filter(({ rowKey }) => rowKey > `past|${hash}`)
    .toSorted((a, b) => (a.rowKey < b.rowKey ? -1 : 1));
  if (!found) throw new Error(`no row for ${hash}`);
  return found;
}

function apply(rows: readonly PastRow[], entries: readonly PastEntry[]): readonly PastRow[] {
  const changed = rows.map((one) => {
    const own = entries.filter(({ hash }) => rowFor(hash, rows) === one);
    return own.length === 0 ? [one] : rowsOf(changedRow(one, own));
  });
  return changed.flat();
}

function rowsOf({ row, beside }: ReturnType<typeof changedRow>): readonly PastRow[] {
  const all = [{ rowKey: row.rowKey, value: row.next }, ...beside];
  return all.map(({ rowKey, value }) => ({ rowKey, records: (value as Pick<PastRow, 'records'>).records }));
}

const entry = fc.record({
  hash: fc.integer({ min: 0, max: 40 }).map(hashOf),
  key: fc.integer({ min: 0, max: 400 }).map(String),
  isRemoved: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
});

test('whatever is added and removed: each hash has the keys that are left, in the row that is read for it', () => {
  fc.assert(
    fc.property(fc.array(fc.array(entry, { maxLength: 400 }), { maxLength: 12 }), (changes) => {
      let rows: readonly PastRow[] = [{ rowKey: 'past|x', records: {} }];
      const expected = new Map<string, Set<string>>();
      for (const entries of changes) {
        rows = apply(rows, entries);
        for (const { hash, key, isRemoved } of entries) {
          const keys = expected.get(hash) ?? new Set();
          if (isRemoved) keys.delete(key);
          else keys.add(key);
          expected.set(hash, keys);
        }
      }
      for (const [hash, keys] of expected) expect(new Set(rowFor(hash, rows).records[hash] ?? [])).toEqual(keys);
    }),
    { numRuns: 30 },
  );
});

test('a full row is split; all records of one hash stay together', () => {
  const entries = Array.from({ length: 3_000 }, (_, n) => ({ hash: hashOf(n), key: String(n) }));
  const many = Array.from({ length: 1_500 }, (_, n) => ({ hash: hashOf(7), key: `many ${n}` }));
  const rows = rowsOf(changedRow({ rowKey: 'past|x', records: {} }, [...entries, ...many]));
  expect(rowFor(hashOf(7), rows).records[hashOf(7)]).toHaveLength(1_501);
  const sizes = rows.map(({ records }) => Object.values(records).flat().length).filter((size) => size < 1_501);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(mostEntries / 2);
  expect(sizes.length).toBeLessThanOrEqual(8);
});

test('of one hash a row has the newest records, and an older one is as good as there', () => {
  const entries = Array.from({ length: mostOfOne + 100 }, (_, n) => ({ hash: hashOf(7), key: String(n + 10_000) }));
  const [row = { rowKey: '', records: {} }] = rowsOf(changedRow({ rowKey: 'past|x', records: {} }, entries));
  expect(row.records[hashOf(7)]).toEqual(entries.slice(0, mostOfOne).map(({ key }) => key));
  expect(entries.every((one) => isDone(row, one))).toBe(true);
  expect(isDone(row, { hash: hashOf(7), key: '09999' })).toBe(false);
  expect(JSON.stringify(row.records).length).toBeLessThan(500_000);
});
