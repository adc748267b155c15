import type { Clock } from '../../model/clock.ts';
import { Failure } from '../../model/failure.ts';

export interface PatienceDeps {
  readonly sleep: (ms: number) => Promise<unknown>;
  readonly now: Clock;
  /** Time limits in milliseconds; set by tests. */
  readonly limits?: Partial<typeof defaultLimits>;
}

/** Time limit of one try, with signing in and everything that it reads, in milliseconds. */
export const tryMs = 12_000;

const defaultLimits = {
  tryMs,
  /** No try begins later than this after the first. */
  lastTryMs: 8_000,
};

/** Delays before another attempt: after no answer, and after "not found", because replicas lag. */
const outageDelaysMs = [200, 800];
const lagDelaysMs = [300, 900, 2_000];

/**
 * Retries a few times if the registry does not answer or does not have it yet. In total it takes at most
 * 20 s, so that an invocation keeps within its minute.
 */
export async function askWithPatience<T>(
  { sleep, now, limits }: PatienceDeps,
  ask: (signal: AbortSignal) => Promise<T | undefined>,
  awaitReplicas = true,
): Promise<T | undefined> {
  const { tryMs, lastTryMs } = { ...defaultLimits, ...limits };
  const lastTryAt = now().getTime() + lastTryMs;
  let outages = 0;
  let lags = 0;
  for (;;) {
    let delay: number | undefined;
    try {
      const result = await ask(AbortSignal.timeout(tryMs));
      delay = awaitReplicas ? lagDelaysMs[lags++] : undefined;
      if (result !== undefined || delay === undefined || now().getTime() >= lastTryAt) return result;
    } catch (error) {
      delay = isWorthAnotherTry(error) ? outageDelaysMs[outages++] : undefined;
      if (delay === undefined || now().getTime() >= lastTryAt) throw error;
    }
    await sleep(delay);
  }
}

/** A requested wait is left to the queue. */
function isWorthAnotherTry(error: unknown): boolean {
  if (!(error instanceof Failure) || error.retryAfterSeconds !== undefined) return false;
  return error.code === 'registry-unavailable' || error.code === 'registry-content-missing';
}
