import { setTimeout as sleep } from 'node:timers/promises';

/** Something that the demo promises did not happen; the message names it with the reason. */
export class Missing extends Error {
  override readonly name = 'Missing';
}

const patienceMs = 45_000;
const pollMs = 50;

/**
 * Asks until there is an answer.
 *
 * @throws {Missing} after 45 s
 * @throws an `AbortError` when the demo is stopped
 */
export async function until<T>(what: string, ask: () => Promise<T | undefined>, signal: AbortSignal): Promise<T> {
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    signal.throwIfAborted();
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > giveUpAt) throw new Missing(`${what} within ${patienceMs / 1000} s`);
    await sleep(pollMs, undefined, { signal });
  }
}

/** Waits for an event. It throws as `until` does. */
export async function within<T>(what: string, event: Promise<T>, signal: AbortSignal): Promise<T> {
  const late = sleep(patienceMs, undefined, { signal, ref: false }).then((): never => {
    throw new Missing(`${what} within ${patienceMs / 1000} s`);
  });
  return Promise.race([event, late]);
}
