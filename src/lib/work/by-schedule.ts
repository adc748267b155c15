import { Cron } from 'croner';
import { z } from 'zod';
import type { Clock } from '../model/clock.ts';
import type { TableRows } from '../storage/table-rows.ts';
import type { PeriodicJob } from './run-periodic.ts';

const partition = '|schedule';
const schema = z.object({
  startedAt: z.string(),
  /** Rows of version 0.1 have none. */
  isRunning: z.boolean().exactOptional(),
  /** The last run has ended before its work. */
  isUnfinished: z.boolean().exactOptional(),
});
/** A run without an end has failed by then, or its worker has died. */
const longestRunMs = 5 * 60_000;

/**
 * A periodic job with an NCRONTAB schedule of its own, in UTC. The start of the last run is stored, so a time that passes
 * while the app is stopped is made up for once. A run that ends unfinished goes on in the next minute, and one that does not
 * end is repeated.
 */
export function bySchedule(
  job: PeriodicJob,
  schedule: string,
  { rows, now }: { readonly rows: Pick<TableRows, 'change'>; readonly now: Clock },
): PeriodicJob {
  const cron = new Cron(schedule, { timezone: 'UTC', paused: true, domAndDow: true, sloppyRanges: true });
  /** The clock asks every minute for the same answer. */
  let known: { readonly since: number; readonly next: Date | null } | undefined;
  const nextRun = (since: Date): Date | null => {
    if (known?.since !== since.getTime()) known = { since: since.getTime(), next: cron.nextRun(since) };
    return known.next;
  };
  return {
    name: job.name,
    async run(log) {
      const time = now();
      const startedAt = time.toISOString();
      let isDue = false;
      await rows.change(
        partition,
        job.name,
        schema,
        (last) => {
          // The first minute of a new app counts too.
          const since = last ? new Date(last.startedAt) : new Date(time.getTime() - 60_000);
          const next = nextRun(since);
          const isUnended = last?.isRunning === true && time.getTime() - since.getTime() >= longestRunMs;
          isDue = isUnended || last?.isUnfinished === true || (next !== null && next <= time);
          return isDue || !last ? { startedAt, isRunning: isDue } : undefined;
        },
        // An older version that runs again must not stop its jobs.
        { replacesDamaged: true, replacesNewer: true },
      );
      if (!isDue) return;
      const end = await job.run(log);
      await rows.change(partition, job.name, schema, (last) =>
        last?.startedAt === startedAt
          ? { startedAt, isRunning: false, ...(end === 'unfinished' && { isUnfinished: true }) }
          : undefined,
      );
    },
  };
}
