const shortestTryMs = 100;
const longestWaitMs = 10_000;
/** After so many losses in a row the wait grows no more. */
const maxDoublings = 3;

/**
 * How long who lost a race waits before the next try: by chance, up to twice the time of a try after the first loss, then
 * twice as long each time. So few enough race at once that one of them wins, however many instances write the branch and
 * however slow its host is; and who has won and has more goes on at once.
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
    // A try that met another's push has ended early, and says nothing of how long one takes.
    this.#longestTryMs = Math.max(this.#longestTryMs, tryMs);
    return Math.min(this.#longestTryMs * 2 ** Math.min(this.#losses, maxDoublings), longestWaitMs) * random;
  }
}
