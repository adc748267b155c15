/**
 * Records whose effects an invocation of this process runs at its end, so that no message is needed. If the process dies,
 * the message of the invocation is delivered again and runs them.
 */
export class OwnedRecords {
  readonly #owners = new Map<string, number>();
  readonly #touched = new Set<string>();

  /** Notes that a record changed. @returns whether an invocation owns it and runs its effects */
  touch(id: string): boolean {
    if (!this.#owners.has(id)) return false;
    this.#touched.add(id);
    return true;
  }

  /** Owns a record during the work, and runs its effects afterwards if it changed. */
  async during<T>(id: string, work: () => Promise<T>, runEffects: () => Promise<void>): Promise<T> {
    this.#owners.set(id, (this.#owners.get(id) ?? 0) + 1);
    try {
      return await work();
    } finally {
      const others = (this.#owners.get(id) ?? 1) - 1;
      if (others === 0) this.#owners.delete(id);
      else this.#owners.set(id, others);
      if (this.#touched.delete(id)) await runEffects();
    }
  }
}
