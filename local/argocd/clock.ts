/**
 * Times of the stand-in, RFC 3339. Argo CD writes whole seconds, and an operation takes some; here operations take
 * milliseconds, so times have them too, and no two are the same.
 */
export class Clock {
  #last = 0;

  now(): string {
    this.#last = Math.max(Date.now(), this.#last + 1);
    return new Date(this.#last).toISOString();
  }
}
