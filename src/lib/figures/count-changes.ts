import { z } from 'zod';
import { deploymentSchema } from '../deployments/deployment-schema.ts';
import { invertedTime } from '../deployments/index-row-key.ts';
import { recordsPartition, rowKeys } from '../deployments/record-rows.ts';
import type { Deployment } from '../model/deployment.ts';
import { timeLimit } from '../model/clock.ts';
import type { Clock } from '../model/clock.ts';
import { deploymentStates } from '../model/deployment.ts';
import { isRowFailure } from '../storage/table-errors.ts';
import type { TableRows } from '../storage/table-rows.ts';
import type { FigureStore } from './figure-store.ts';
import { tallyOf } from './tally.ts';

/** Hours that one run counts. */
const hoursPerRun = 100;
/** The time after which a run begins with no other hour. */
const longestMs = 30_000;

export interface CountChangesDeps {
  readonly rows: TableRows;
  readonly figures: Pick<FigureStore, 'replaceHour'>;
  readonly now: Clock;
  /** Receives the records before they are counted, the same again after a killed run. */
  readonly observe?: (hour: string, records: readonly Deployment[]) => Promise<void>;
}

/**
 * Counts the records of each hour in which one has changed, and replaces their part in the figures. The row of the hour
 * is removed last, and only if it is unchanged. The next run counts again after a killed run or a record that moved
 * meanwhile.
 *
 * @param first the first day that figures are kept for
 */
export async function countChanges(first: string, { rows, figures, observe, now }: CountChangesDeps): Promise<void> {
  const hasTime = timeLimit(longestMs, now);
  const schema = z.object({ hour: z.string() });
  const changed = await rows.page(recordsPartition, schema, { prefix: rowKeys.changed, limit: hoursPerRun });
  for (const row of changed) {
    if (!hasTime()) return;
    const { hour } = row.value;
    try {
      const records = await recordsOf(hour, rows);
      await observe?.(hour, records);
      if (await figures.replaceHour(hour, tallyOf(records), first)) await rows.removeRead(recordsPartition, row);
    } catch (error) {
      // The hour stays marked, and the others are counted.
      if (!isRowFailure(error)) throw error;
    }
  }
}

/** The records that began in an hour. One that moves while it is read can be missing. */
async function recordsOf(hour: string, rows: TableRows): Promise<readonly Deployment[]> {
  const start = Date.parse(`${hour}:00:00.000Z`);
  const newest = invertedTime(new Date(start + 3_600_000 - 1).toISOString());
  const older = invertedTime(new Date(start - 1).toISOString());
  const lists = await Promise.all(
    deploymentStates.map((state) => {
      const prefix = rowKeys.byState(state);
      return rows.page(recordsPartition, deploymentSchema, {
        prefix,
        after: prefix + newest,
        before: prefix + older,
        limit: Number.POSITIVE_INFINITY,
      });
    }),
  );
  return [...new Map(lists.flat().map(({ value }) => [value.update.id, value] as const)).values()];
}
