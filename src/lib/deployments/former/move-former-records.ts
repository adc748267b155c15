import pLimit from 'p-limit';
import { timeLimit } from '../../model/clock.ts';
import type { Clock } from '../../model/clock.ts';
import type { Log } from '../../model/log.ts';
import { isRowFailure } from '../../storage/table-errors.ts';
import type { TableRows } from '../../storage/table-rows.ts';
import { deploymentSchema } from '../deployment-schema.ts';
import { environmentPartition } from '../environment-partition.ts';
import { indexRowKey } from '../index-row-key.ts';
import { recordsPartition, rowKeys, rowsBeside } from '../record-rows.ts';
import { skipInvalid } from '../skip-invalid.ts';
import { makeFormerRecords } from './former-records.ts';
import { readMoved, movedRow } from './moved-row.ts';
import { moveFormerLookups } from '../lookups/move-former-lookups.ts';
import { indexEntrySchema, indexPartitions } from './index-rows.ts';
import type { IndexEntry } from './index-rows.ts';

/** Records of one run, and the time after which it begins no other. */
const recordsPerRun = 500;
const longestMs = 20_000;
const parallel = 16;
/** An instance of an earlier version may write rows for as long after an update of the app. */
const longestOverlapMs = 24 * 60 * 60_000;

export interface MoveFormerDeps {
  readonly rows: TableRows;
  readonly now: Clock;
}

/** Moves the rows of earlier versions, and stores when none is left. */
export async function moveFormerRows(log: Log, deps: MoveFormerDeps): Promise<void> {
  const { rows, now } = deps;
  const movedAt = await readMoved(rows);
  if (movedAt !== undefined && now().getTime() - Date.parse(movedAt) > longestOverlapMs) return;
  const records = await moveFormerRecords(log, deps);
  const lookups = await moveFormerLookups(rows, now());
  if (lookups > 0) log('info', 'lookups-moved', { lookups });
  if (movedAt !== undefined || records + lookups > 0) return;
  const { partitionKey, rowKey, value } = movedRow(now());
  await rows.put(partitionKey, rowKey, value);
}

/**
 * Moves records of earlier versions into the partition of records. A record is written there before it is removed, so a
 * killed run repeats it.
 *
 * @returns the number of records that were found
 */
export async function moveFormerRecords(log: Log, { rows, now }: MoveFormerDeps): Promise<number> {
  const entries = await rows.page(indexPartitions.byTime, indexEntrySchema, { limit: recordsPerRun });
  if (entries.length === 0) return 0;
  const hasTime = timeLimit(longestMs, now);
  const limit = pLimit(parallel);
  const moved = await Promise.all(
    entries.map(({ rowKey, value }) =>
      limit(async () => {
        if (!hasTime()) return false;
        try {
          await moveOne(rowKey, value, rows);
          return true;
        } catch (error) {
          // The record at its new place cannot be read: the former one stays.
          if (!isRowFailure(error)) throw error;
          return false;
        }
      }),
    ),
  );
  log('info', 'records-moved', { records: moved.filter(Boolean).length });
  return entries.length;
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
