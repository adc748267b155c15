/** A row's value and the version that it was read or written as; or that there was none. */
export type Version = { readonly value: unknown; readonly etag: string } | 'absent';

const maxRows = 1_000;

/**
 * The last known versions of rows, by key. They may be old, so they serve for nothing but a write that is refused where
 * they are: it saves the read before it.
 */
export class RowVersions {
  readonly #versions = new Map<string, Version>();

  get(partitionKey: string, rowKey: string): Version | undefined {
    return this.#versions.get(keyOf(partitionKey, rowKey));
  }

  forget(partitionKey: string, rowKey: string): void {
    this.#versions.delete(keyOf(partitionKey, rowKey));
  }

  note(partitionKey: string, rowKey: string, version: Version): void {
    this.forget(partitionKey, rowKey);
    // The one that was noted last stands last.
    this.#versions.set(keyOf(partitionKey, rowKey), version);
    for (const oldest of this.#versions.keys()) {
      if (this.#versions.size <= maxRows) break;
      this.#versions.delete(oldest);
    }
  }
}

/** Keys hold no line break. */
function keyOf(partitionKey: string, rowKey: string): string {
  return `${partitionKey}\n${rowKey}`;
}
