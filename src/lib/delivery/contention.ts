const shortestTryMs = 100;
const longestWaitMs = 10_000;
/** After this many losses in a row the wait stays the same. */
const maxDoublings = 3;

/**
 * Backoff with jitter after a lost compare-and-swap: up to twice the duration of a try after the first loss, then twice as
 * long each time. So few instances try at once, whatever their number and the speed of the host, and one of them wins. The
 * winner continues at once.
 */
export class Contention {
  #losses = 0;
  #longestTryMs = shortestTryMs;

  won(): void {
    this.#losses = 0;
    this.#longestTryMs = shortestTryMs;
  }

  /**
   * @param tryMs how long the try took that was lost
   * @param random a number in [0, 1)
   * @returns milliseconds to wait
   */
  lost(tryMs: number, random: number): number {
    this.#losses += 1;
    // A try that yielded to another push ended early; its duration does not count.
    this.#longestTryMs = Math.max(this.#longestTryMs, tryMs);
    return Math.min(this.#longestTryMs * 2 ** Math.min(this.#losses, maxDoublings), longestWaitMs) * random;
  }
}
