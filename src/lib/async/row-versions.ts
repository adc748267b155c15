import { LRUCache } from 'lru-cache';

/** A row's value and the version that it was read or written as; or that there was none. */
export type Version = { readonly value: unknown; readonly etag: string } | 'absent';

const maxRows = 1_000;

/**
 * The last known versions of rows, by key. They may be old, so they serve for nothing but a write that is refused where
 * they are: it saves the read before it.
 */
export class RowVersions {
  readonly #versions = new LRUCache<string, Version>({ max: maxRows });

  get(partitionKey: string, rowKey: string): Version | undefined {
    return this.#versions.get(keyOf(partitionKey, rowKey));
  }

  forget(partitionKey: string, rowKey: string): void {
    this.#versions.delete(keyOf(partitionKey, rowKey));
  }

  note(partitionKey: string, rowKey: string, version: Version): void {
    this.#versions.set(keyOf(partitionKey, rowKey), version);
  }
}

/** Keys hold no line break. */
function keyOf(partitionKey: string, rowKey: string): string {
  return `${partitionKey}\n${rowKey}`;
}
