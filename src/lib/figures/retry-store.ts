import { z } from 'zod';
import type { TableRows } from '../storage/table-rows.ts';
import { dayOf } from './facts.ts';

/** The bar keeps this partition apart from those of environments. */
export const retriesPartition = '|retries';

const countsSchema = z.record(z.string(), z.number());

/** How often jobs were queued again, by the code of their failure. Every method throws `storage-unavailable`. */
export interface RetryStore {
  readonly note: (code: string, now: Date) => Promise<void>;
  /** @param first the first day, and `last` the last one */
  readonly read: (first: string, last: string) => Promise<Readonly<Record<string, number>>>;
}

/** @param instance id of this process: each has a row for each day, so that none overwrites the counts of another */
export function makeRetryStore(rows: TableRows, instance: string): RetryStore {
  let today = { day: '', counts: {} as Record<string, number> };
  return {
    async note(code, now) {
      const day = dayOf(now);
      if (today.day !== day) today = { day, counts: {} };
      const { counts } = today;
      counts[code] = (counts[code] ?? 0) + 1;
      await rows.put(retriesPartition, `${day}|${instance}`, counts);
    },
    async read(first, last) {
      const found = await rows.page(retriesPartition, countsSchema, {
        after: first,
        before: `${last}~`,
        limit: Number.POSITIVE_INFINITY,
      });
      const sums: Record<string, number> = {};
      for (const [code, count] of found.flatMap(({ value }) => Object.entries(value))) {
        sums[code] = (sums[code] ?? 0) + count;
      }
      return sums;
    },
  };
}
