import { Cron } from 'croner';
import { z } from 'zod';
import type { Clock } from '../model/clock.ts';
import type { TableRows } from '../storage/table-rows.ts';
import type { PeriodicJob } from './run-periodic.ts';

const partition = '|schedule';
const schema = z.object({ startedAt: z.string() });

/**
 * A periodic job with an NCRONTAB schedule of its own, in UTC. The start of the last run is stored, so a time that passes
 * while the app is stopped is made up for once.
 */
export function bySchedule(
  job: PeriodicJob,
  schedule: string,
  { rows, now }: { readonly rows: TableRows; readonly now: Clock },
): PeriodicJob {
  const cron = new Cron(schedule, { timezone: 'UTC', paused: true, domAndDow: true, sloppyRanges: true });
  return {
    name: job.name,
    async run(log) {
      const time = now();
      let isDue = false;
      await rows.change(
        partition,
        job.name,
        schema,
        (last) => {
          // The first minute of a new app counts too.
          const since = last ? new Date(last.startedAt) : new Date(time.getTime() - 60_000);
          const next = cron.nextRun(since);
          isDue = next !== null && next <= time;
          return isDue || !last ? { startedAt: time.toISOString() } : undefined;
        },
        { replacesDamaged: true },
      );
      if (isDue) await job.run(log);
    },
  };
}
