import { expect, test } from 'vitest';
import { makeRetryStore } from '../../../src/lib/figures/retry-store.ts';
import { sharedTable } from '../../support/shared-storage.ts';

const makeRows = sharedTable();
const day = (number: number): Date => new Date(Date.UTC(2026, 10, number, 12));

test('retries of all instances add up, by day and code', async () => {
  const [one, other] = [makeRetryStore(makeRows(), 'one'), makeRetryStore(makeRows(), 'other')];
  await Promise.all(Array.from({ length: 20 }, () => one.note('throttled', day(20))));
  await other.note('throttled', day(20));
  await other.note('branch-moved', day(20));
  await one.note('throttled', day(21));
  expect(await one.read('2026-11-20', '2026-11-20')).toEqual({ throttled: 21, 'branch-moved': 1 });
  expect(await other.read('2026-11-20', '2026-11-21')).toEqual({ throttled: 22, 'branch-moved': 1 });
  expect(await one.read('2026-11-22', '2026-11-22')).toEqual({});
});
