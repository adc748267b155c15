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

/**
 * Queues each job whose time has come, and removes its row afterwards: a job can be queued twice, but is never lost. A job
 * that fails is queued by the next run.
 */
export async function sendDue(log: Log, { due, send, now }: SendDueDeps): Promise<void> {
  const all = await due.list();
  // Read afterwards: the answer may have corrected the clock.
  const time = now().toISOString();
  for (const armed of all) {
    if (armed.at > time) continue;
    try {
      await send(armed.job);
      await due.remove(armed);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      log('warn', 'due-job-failed', { job: armed.key, code: error.code, reason: error.message });
    }
  }
}
