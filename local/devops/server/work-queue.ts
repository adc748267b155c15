/** Work behind the answers, done in the order in which it was asked for. */
export class WorkQueue {
  #last: Promise<void> = Promise.resolve();
  #fault: unknown;

  enqueue(work: () => Promise<void>): void {
    this.#last = this.#last.then(work).catch((error: unknown) => {
      this.#fault ??= error;
    });
  }

  /** Waits for all work, and what it asked for in turn. Throws what went wrong in it. */
  async idle(): Promise<void> {
    let last: Promise<void> | undefined;
    while (last !== this.#last) await (last = this.#last);
    if (this.#fault !== undefined) throw this.#fault;
  }
}
