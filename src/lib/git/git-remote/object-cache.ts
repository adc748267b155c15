import { ObjectStore } from './object-store.ts';

export interface ObjectCacheLimits {
  /** Bytes of all repositories together, beyond which the ones unused longest are forgotten. */
  readonly maxBytes: number;
  /** Maximum of packs of one repository before the cache starts again: a look-up searches each pack. */
  readonly maxPacks: number;
}

const defaultLimits: ObjectCacheLimits = { maxBytes: 96 * 1024 * 1024, maxPacks: 50 };

interface Kept {
  readonly store: Promise<ObjectStore>;
  /** Size in bytes at the last measurement; `undefined` before its first fetch. */
  size: number | undefined;
  /** Bytes after its first fetch: less it will never take. */
  firstSize: number;
}

/**
 * The object stores of all repositories, kept between invocations and bounded. Whatever is forgotten is fetched again;
 * who is working with a store goes on with it.
 */
export class ObjectCache {
  readonly #limits: ObjectCacheLimits;
  /** In the order of their last use. */
  readonly #kept = new Map<string, Kept>();

  constructor(limits: ObjectCacheLimits = defaultLimits) {
    this.#limits = limits;
  }

  async use(key: string): Promise<ObjectStore> {
    const kept = this.#kept.get(key) ?? { store: ObjectStore.open(), size: undefined, firstSize: 0 };
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    try {
      return await kept.store;
    } catch (error) {
      if (this.#kept.get(key) === kept) this.forget(key);
      throw error;
    }
  }

  forget(key: string): void {
    this.#kept.delete(key);
  }

  /** To be called when a store has grown. The one in use goes only if it grew, not because it is large. */
  async trim(key: string): Promise<void> {
    const kept = this.#kept.get(key);
    if (!kept) return;
    const { size, packs } = await kept.store;
    if (kept.size === undefined) kept.firstSize = size;
    kept.size = size;
    for (const oldest of this.#kept.keys()) {
      if (this.#total() <= this.#limits.maxBytes) break;
      if (oldest !== key) this.forget(oldest);
    }
    const allowed = Math.max(this.#limits.maxBytes, 2 * kept.firstSize);
    if (packs > this.#limits.maxPacks || size > allowed) this.forget(key);
  }

  #total(): number {
    let total = 0;
    for (const { size } of this.#kept.values()) total += size ?? 0;
    return total;
  }
}
