import type { Clock } from '../model/clock.ts';
import type { DueStore } from './due-store.ts';
import type { Job } from './envelope.ts';
import type { SendOptions } from '../storage/queues.ts';
import type { SendWork } from './send-work.ts';

/**
 * Queues a job for a later time.
 *
 * @param key one job of a key waits at a time
 */
export type SendLater = (
  key: string,
  job: Job,
  delaySeconds: number,
  options?: Pick<SendOptions, 'timeoutMs'>,
) => Promise<void>;

/** Longer delays are rows of the partition `due`. */
const longestDelaySeconds = 10 * 60;

/** Whether a delay is that of a message. A message needs no key. */
export function isShortDelay(seconds: number): boolean {
  return seconds <= longestDelaySeconds;
}

export function makeSendLater({
  send,
  due,
  now,
}: {
  readonly send: SendWork;
  readonly due: Pick<DueStore, 'arm'>;
  readonly now: Clock;
}): SendLater {
  return async (key, job, delaySeconds, options = {}) => {
    if (isShortDelay(delaySeconds)) await send(job, { ...options, delaySeconds });
    else await due.arm({ key, at: new Date(now().getTime() + delaySeconds * 1000).toISOString(), job });
  };
}
