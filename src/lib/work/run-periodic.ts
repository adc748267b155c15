import { settlesWithin } from '../async/settles-within.ts';
import type { Clock } from '../model/clock.ts';
import { Failure } from '../model/failure.ts';
import type { Log } from '../model/log.ts';

/** A job that the clock runs every minute, or by its own schedule. */
export interface PeriodicJob {
  readonly name: string;
  /** @returns `'unfinished'` if its time is over before its work: a job with a schedule goes on in the next minute */
  readonly run: (log: Log) => Promise<'unfinished' | void>;
}

export interface RunPeriodicDeps {
  readonly now: Clock;
  /** Time limit of a run in milliseconds. The timer fires again only after the run has ended. */
  readonly longestMs?: number;
}

const defaultLongestMs = 50_000;
/** `functionTimeout` of `host.json`: a function that runs for so long is stopped with its process. */
const hangsAfterMs = 10 * 60_000;

/**
 * Runs periodic jobs in parallel. A run ends with its last job, or at its time limit: a job that is slower goes on, and the
 * next runs leave it out, so no job overlaps itself. One that hangs for 10 min is started again. A job that fails is logged;
 * the others go on.
 *
 * @throws the first error that is not a `Failure`, at the end of the run; a later one is logged
 */
export function makeRunPeriodic(
  jobs: readonly PeriodicJob[],
  { now, longestMs = defaultLongestMs }: RunPeriodicDeps,
): (log: Log) => Promise<void> {
  const running = new Map<string, { readonly startedAt: number }>();

  function mayStart({ name }: PeriodicJob, log: Log): boolean {
    const current = running.get(name);
    if (!current) return true;
    const ms = now().getTime() - current.startedAt;
    if (ms < hangsAfterMs) return false;
    log('error', 'periodic-job-hangs', { job: name, ms });
    return true;
  }

  async function runJob({ name, run }: PeriodicJob, log: Log): Promise<void> {
    const current = { startedAt: now().getTime() };
    running.set(name, current);
    try {
      await run(log);
    } catch (error) {
      const isExpected = error instanceof Failure;
      const fields = isExpected ? { code: error.code, reason: error.message } : { reason: textOf(error) };
      log('error', 'periodic-job-failed', { job: name, ...fields });
      if (!isExpected) throw error;
    } finally {
      if (running.get(name) === current) running.delete(name);
    }
  }

  return async (log) => {
    const started = jobs.filter((job) => mayStart(job, log));
    const slow = new Set(started.map(({ name }) => name));
    const bugs: unknown[] = [];
    const runOne = async (job: PeriodicJob): Promise<void> => {
      try {
        await runJob(job, log);
      } catch (error) {
        bugs.push(error);
      } finally {
        slow.delete(job.name);
      }
    };
    const all = Promise.all(started.map(runOne)).then(() => undefined);
    if (!(await settlesWithin(all, longestMs))) for (const job of slow) log('warn', 'periodic-job-slow', { job });
    if (bugs.length > 0) throw bugs[0];
  };
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
