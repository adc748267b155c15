/**
 * Times of the stand-in, RFC 3339. Argo CD writes whole seconds. Operations of the stand-in take milliseconds, so its times
 * have milliseconds, and no two are equal.
 */
export class Clock {
  #last = 0;

  now(): string {
    this.#last = Math.max(Date.now(), this.#last + 1);
    return new Date(this.#last).toISOString();
  }
}
