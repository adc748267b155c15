import type { ObjectStore, StoredCommit } from './object-store.ts';

/** The depths to which history is fetched, step by step; deeper history is ignored. */
const depths = [32, 256, 2048] as const;

export interface VisitedCommit extends StoredCommit {
  readonly id: string;
}

/** A walk from the newest commits to older ones, which fetches history only as deep as it gets. */
export class CommitWalk {
  readonly #store: ObjectStore;
  readonly #deepen: (depth: number) => Promise<void>;
  readonly #waiting = new Map<string, VisitedCommit>();
  readonly #seen = new Set<string>();
  #step = 0;

  /** @param deepen fetches the history of the commit that the walk began with */
  constructor(store: ObjectStore, deepen: (depth: number) => Promise<void>) {
    this.#store = store;
    this.#deepen = deepen;
  }

  /** Commits that were found and not taken. */
  get waiting(): Iterable<VisitedCommit> {
    return this.#waiting.values();
  }

  /** Finds a commit, once. */
  async find(id: string): Promise<void> {
    if (this.#seen.has(id)) return;
    this.#seen.add(id);
    this.#waiting.set(id, await this.#read(id));
  }

  /** The newest of those that wait. */
  take(): VisitedCommit | undefined {
    let newest: VisitedCommit | undefined;
    for (const commit of this.#waiting.values()) if (!newest || commit.time > newest.time) newest = commit;
    if (newest) this.#waiting.delete(newest.id);
    return newest;
  }

  /** `undefined` for a commit whose parents lie deeper than is looked. */
  async parents({ parents }: VisitedCommit): Promise<VisitedCommit[] | undefined> {
    while (!parents.every((id) => this.#store.has(id))) {
      const depth = depths[this.#step];
      if (depth === undefined) return undefined;
      this.#step += 1;
      await this.#deepen(depth);
    }
    return Promise.all(parents.map((id) => this.#read(id)));
  }

  async #read(id: string): Promise<VisitedCommit> {
    return { id, ...(await this.#store.readCommit(id)) };
  }
}
