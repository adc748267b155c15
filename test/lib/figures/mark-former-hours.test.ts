import { expect, test } from 'vitest';
import { z } from 'zod';
import { recordsPartition, rowKeys } from '../../../src/lib/deployments/record-rows.ts';
import { makeTableStore } from '../../../src/lib/deployments/table-store.ts';
import { countChanges } from '../../../src/lib/figures/count-changes.ts';
import { makeFigureStore } from '../../../src/lib/figures/figure-store.ts';
import { markFormerHours } from '../../../src/lib/figures/mark-former-hours.ts';
import { tallyOf } from '../../../src/lib/figures/tally.ts';
import { sharedTable } from '../../support/shared-storage.ts';
import { recordOf } from './records.ts';
import { readTally } from './tallies.ts';

const makeRows = sharedTable();

test('records of a version without figures are counted, and no hour is marked twice', async () => {
  const rows = makeRows();
  const store = makeTableStore(rows);
  const figures = makeFigureStore(rows);
  const records = Array.from({ length: 6 }, (_, n) =>
    recordOf(String(n), [
      ['queued', `2026-11-20T0${n}:00:00.000Z`],
      [n % 2 === 0 ? 'committed' : 'rejected', `2026-11-21T0${n}:00:00.000Z`],
    ]),
  );
  for (const record of records) await store.update(record.update, () => record);
  const changed = () => rows.page(recordsPartition, z.unknown(), { prefix: rowKeys.changed, limit: 100 });
  for (const row of await changed()) await rows.removeRead(recordsPartition, row);
  await countChanges('', { rows, figures, now: () => new Date() });
  expect(await figures.read('2026-11-01', '2026-11-30')).toEqual([]);

  await markFormerHours(rows);
  expect(await changed()).toHaveLength(6);
  await countChanges('', { rows, figures, now: () => new Date() });
  expect(await readTally(figures, '2026-11-01', '2026-11-30')).toEqual(tallyOf(records));
  await markFormerHours(rows);
  expect(await changed()).toEqual([]);
});
