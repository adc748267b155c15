import pLimit from 'p-limit';
import type { Clock } from '../../model/clock.ts';
import type { Log } from '../../model/log.ts';
import type { TableRows } from '../../storage/table-rows.ts';
import { deploymentSchema } from '../deployment-schema.ts';
import { environmentPartition } from '../environment-partition.ts';
import { indexRowKey } from '../index-row-key.ts';
import { recordsPartition, rowKeys, rowsBeside } from '../record-rows.ts';
import { skipInvalid } from '../skip-invalid.ts';
import { makeFormerRecords } from './former-records.ts';
import { indexEntrySchema, indexPartitions } from './index-rows.ts';
import type { IndexEntry } from './index-rows.ts';

/** Records of one run, and the time after which it begins no other. */
const recordsPerRun = 500;
const longestMs = 20_000;
const parallel = 16;

export interface MoveFormerDeps {
  readonly rows: TableRows;
  readonly now: Clock;
}

/**
 * Moves records of earlier versions into the partition of records. A record is written there before it is removed, so a
 * killed run repeats it.
 */
export async function moveFormerRecords(log: Log, { rows, now }: MoveFormerDeps): Promise<void> {
  const entries = await rows.page(indexPartitions.byTime, indexEntrySchema, { limit: recordsPerRun });
  if (entries.length === 0) return;
  const startedAt = now().getTime();
  const limit = pLimit(parallel);
  const moved = await Promise.all(
    entries.map(({ rowKey, value }) =>
      limit(async () => {
        if (now().getTime() - startedAt > longestMs) return false;
        await moveOne(rowKey, value, rows);
        return true;
      }),
    ),
  );
  log('info', 'records-moved', { records: moved.filter(Boolean).length });
}

async function moveOne(rowKey: string, entry: IndexEntry, rows: TableRows): Promise<void> {
  const record = await skipInvalid(rows.read(environmentPartition(entry), entry.id, deploymentSchema));
  // The row is left over, or its record is damaged.
  if (!record || indexRowKey(record) !== rowKey) return rows.remove(indexPartitions.byTime, rowKey);
  await rows.change(
    recordsPartition,
    rowKeys.record(entry.id),
    deploymentSchema,
    // An instance of an earlier version may have changed a record after it was moved.
    (current) => (current && current.updatedAt >= record.updatedAt ? undefined : record),
    { beside: (next, stored) => (next === 'cleared' ? [] : rowsBeside(next, stored)) },
  );
  await makeFormerRecords(rows).remove(record);
}
