import { Failure } from '../model/failure.ts';
import type { Log } from '../model/log.ts';

/** A job that the clock runs every minute, or by its own schedule. */
export interface PeriodicJob {
  readonly name: string;
  readonly run: (log: Log) => Promise<void>;
}

/**
 * Runs periodic jobs in parallel. A job that still runs is left out, so no job overlaps itself. A job that fails is logged;
 * the others go on.
 *
 * @throws the first error that is not a `Failure`, after every job has ended
 */
export function makeRunPeriodic(jobs: readonly PeriodicJob[]): (log: Log) => Promise<void> {
  const running = new Set<string>();
  return async (log) => {
    const ends = await Promise.allSettled(
      jobs
        .filter(({ name }) => !running.has(name))
        .map(async ({ name, run }) => {
          running.add(name);
          try {
            await run(log);
          } catch (error) {
            if (!(error instanceof Failure)) throw error;
            log('error', 'periodic-job-failed', { job: name, code: error.code, reason: error.message });
          } finally {
            running.delete(name);
          }
        }),
    );
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  };
}
