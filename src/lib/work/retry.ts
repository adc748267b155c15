import { z } from 'zod';

/** How often a message has been sent again, and since when; travels in the message. */
export const retrySchema = z.object({
  attempt: z.int().min(1),
  /** When the work was first tried, ISO 8601. */
  since: z.iso.datetime(),
  /** Code of the last failure. */
  code: z.string(),
  /** A worker has died of it, perhaps: from then on it is planned alone. */
  isSuspect: z.boolean().exactOptional(),
});

export type Retry = z.infer<typeof retrySchema>;

const firstDelaySeconds = 30;
const longestDelaySeconds = 30 * 60;
const giveUpAfterMs = 24 * 60 * 60 * 1000;

/** Whether work that began at a time is given up. */
export function isGivenUp(since: string, now: Date): boolean {
  return now.getTime() - Date.parse(since) >= giveUpAfterMs;
}

/** When work began, ISO 8601: now if it is new. Another machine's clock may be ahead, but no work began in the future. */
export function beganAt(since: string | undefined, now: Date): string {
  return new Date(Math.min(now.getTime(), Date.parse(since ?? now.toISOString()))).toISOString();
}

/**
 * When to try again: after 30 s, then twice as long each time, up to 30 min, and never before the time in
 * `Retry-After`. A random fifth spreads messages that failed together; what may have killed its worker is spread over
 * twice the time, away from those that died with it. `undefined` after 24 h of trying.
 *
 * @param random a number in [0, 1)
 */
export function nextRetry(
  previous: Retry | undefined,
  failure: { readonly code: string; readonly retryAfterSeconds: number | undefined },
  now: Date,
  random: number,
): { readonly retry: Retry; readonly delaySeconds: number } | undefined {
  const isSuspect = failure.code === 'worker-ended' || previous?.isSuspect === true;
  const isBusy = failure.code === 'host-busy';
  const retry = {
    attempt: isBusy ? (previous?.attempt ?? 1) : (previous?.attempt ?? 0) + 1,
    since: beganAt(previous?.since, now),
    // A full share does not hide the code of the last failure.
    code: isBusy ? (previous?.code ?? failure.code) : failure.code,
    ...(isSuspect && { isSuspect }),
  };
  // Without routes events wait as long as it takes.
  const waits = failure.code === 'routes-invalid';
  if (!waits && isGivenUp(retry.since, now)) return undefined;
  // Nothing failed: the work comes back when its turn is expected.
  if (isBusy) return { retry, delaySeconds: failure.retryAfterSeconds ?? firstDelaySeconds };
  const growing = Math.min(firstDelaySeconds * 2 ** (retry.attempt - 1), longestDelaySeconds);
  const delaySeconds = Math.min(Math.max(growing, failure.retryAfterSeconds ?? 0), longestDelaySeconds);
  return { retry, delaySeconds: Math.ceil(delaySeconds * (1 + (isSuspect ? random : random / 5))) };
}
