import type { Clock } from '../model/clock.ts';
import { Failure } from '../model/failure.ts';
import { capWait } from './retry-after.ts';

/** Waits asked for that are shorter than this are waited out; longer ones send the message again. */
const longestWaitMs = 5_000;

/** Keeps everything that is asked of one host back for as long as the host has asked to wait (`Retry-After`). */
export class Throttling {
  readonly #host: string;
  readonly #now: Clock;
  #notBefore = 0;

  /** @param host as people know it */
  constructor(host: string, now: Clock) {
    this.#host = host;
    this.#now = now;
  }

  /** Records the wait that an answer requested; `undefined` where it requested none. */
  note(retryAfterSeconds: number | undefined): void {
    if (retryAfterSeconds === undefined) return;
    this.#notBefore = Math.max(this.#notBefore, this.#now().getTime() + capWait(retryAfterSeconds) * 1000);
  }

  /** @throws {Failure} `throttled` where the wait is too long to sit out */
  async waitOut(): Promise<void> {
    const waitMs = this.#notBefore - this.#now().getTime();
    if (waitMs <= 0) return;
    if (waitMs > longestWaitMs) {
      const seconds = Math.ceil(waitMs / 1000);
      throw new Failure('throttled', `${this.#host} asked to wait ${seconds} s before the next request.`, {
        retryAfterSeconds: seconds,
      });
    }
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
}
