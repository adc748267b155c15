import { setTimeout as sleep } from 'node:timers/promises';

export interface Sending {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface SendDeps {
  /** Aborts requests and waits. */
  readonly signal: AbortSignal;
  /** The shortest and the longest wait before the next try, in milliseconds; in Argo CD 1 s and 5 s. */
  readonly retryWaitMs: readonly [number, number];
}

const maxRetries = 3;

/**
 * Sends a notification like Argo CD: up to three more tries without an answer, at 429 and at 5xx, with growing waits (a
 * `Retry-After` up to the longest wait).
 *
 * @returns the last status; 0 without an answer
 */
export async function send(
  { url, method, headers, body }: Sending,
  { signal, retryWaitMs }: SendDeps,
): Promise<number> {
  const [shortest, longest] = retryWaitMs;
  for (let retries = 0; ; retries++) {
    const { status, retryAfterMs } = await trySend();
    if (!isWorthAnotherTry(status) || retries === maxRetries || signal.aborted) return status;
    const waitMs = Math.min(longest, Math.max(shortest * 2 ** retries, retryAfterMs));
    await sleep(waitMs, undefined, { signal }).catch(() => undefined); // Closed: the loop ends.
  }

  async function trySend(): Promise<{ readonly status: number; readonly retryAfterMs: number }> {
    try {
      const response = await fetch(url, { method, headers, body, signal });
      await response.arrayBuffer();
      return { status: response.status, retryAfterMs: 1000 * Number(response.headers.get('retry-after') ?? 0) || 0 };
    } catch {
      return { status: 0, retryAfterMs: 0 }; // Status 0 reports it.
    }
  }
}

function isWorthAnotherTry(status: number): boolean {
  return status === 0 || status === 429 || (status >= 500 && status !== 501);
}
