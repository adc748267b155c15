import { atMost } from '../async/at-most.ts';
import { timeLimit } from '../model/clock.ts';
import type { Clock } from '../model/clock.ts';
import { Failure } from '../model/failure.ts';
import type { Log } from '../model/log.ts';
import type { DueStore } from './due-store.ts';
import type { SendWork } from './send-work.ts';

export interface SendDueDeps {
  readonly due: Pick<DueStore, 'list' | 'remove'>;
  readonly send: SendWork;
  readonly now: Clock;
}

const sentAtOnce = 8;
/** The time after which a run sends no other job. */
const longestMs = 30_000;

/**
 * Queues each job whose time has come, the longest due first, and removes its row afterwards: a job can be queued twice, but
 * is never lost. A job that fails is queued by the next run, as is one that this run has no time for.
 */
export async function sendDue(log: Log, { due, send, now }: SendDueDeps): Promise<void> {
  const all = await due.list();
  // Read afterwards: the answer may have corrected the clock.
  const time = now().toISOString();
  const hasTime = timeLimit(longestMs, now);
  const ripe = all.filter(({ at }) => at <= time).toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
  await atMost(sentAtOnce, ripe, async (armed) => {
    if (!hasTime()) return;
    try {
      await send(armed.job);
      await due.remove(armed);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      log('warn', 'due-job-failed', { job: armed.key, code: error.code, reason: error.message });
    }
  });
}
