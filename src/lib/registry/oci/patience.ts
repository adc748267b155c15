import { Failure } from '../../model/failure.ts';

export interface PatienceDeps {
  readonly sleep: (ms: number) => Promise<unknown>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Time limits in milliseconds; set by tests. */
  readonly limits?: Partial<typeof defaultLimits>;
}

const defaultLimits = {
  /** One try, with signing in and everything that it reads. */
  tryMs: 12_000,
  /** No try begins later than this after the first. */
  lastTryMs: 8_000,
};

/** Waits before another try: where no answer came, and where the registry has not got it, because replicas lag. */
const outageDelaysMs = [200, 800];
const lagDelaysMs = [300, 900, 2_000];

/**
 * Asks, and asks again a few times where the registry gave no answer or has not got it (yet). All in all it takes no
 * longer than 20 s, so that an invocation keeps within its minute.
 */
export async function askWithPatience<T>(
  { sleep, now, limits }: PatienceDeps,
  ask: (signal: AbortSignal) => Promise<T | undefined>,
  awaitReplicas = true,
): Promise<T | undefined> {
  const { tryMs, lastTryMs } = { ...defaultLimits, ...limits };
  const lastTryAt = now() + lastTryMs;
  let outages = 0;
  let lags = 0;
  for (;;) {
    let delay: number | undefined;
    try {
      const result = await ask(AbortSignal.timeout(tryMs));
      delay = awaitReplicas ? lagDelaysMs[lags++] : undefined;
      if (result !== undefined || delay === undefined || now() >= lastTryAt) return result;
    } catch (error) {
      delay = isWorthAnotherTry(error) ? outageDelaysMs[outages++] : undefined;
      if (delay === undefined || now() >= lastTryAt) throw error;
    }
    await sleep(delay);
  }
}

/** What asks us to wait is obeyed by the queue, not here. */
function isWorthAnotherTry(error: unknown): boolean {
  if (!(error instanceof Failure) || error.retryAfterSeconds !== undefined) return false;
  return error.code === 'registry-unavailable' || error.code === 'registry-content-missing';
}
