import type { BlobStore } from '../../../src/lib/storage/blob-store.ts';
import { atOnce } from './turn.ts';
import type { Turn } from './turn.ts';

/** Blobs in memory; the version of a text counts its writes. */
export class MemoryBlobs {
  readonly #blobs = new Map<string, { readonly text: string; readonly version: string }>();
  #writes = 0;

  client(turn: Turn = atOnce): BlobStore {
    const put = (name: string, text: string): string => {
      this.#writes += 1;
      this.#blobs.set(name, { text, version: `${this.#writes}` });
      return `${this.#writes}`;
    };
    return {
      read: (name) => turn(`read the blob ${name}`, () => this.#blobs.get(name)?.text),
      write: (name, text) => turn(`write the blob ${name}`, () => void put(name, text)),
      readVersion: (name, known) =>
        turn(`read the blob ${name}`, () => {
          const blob = this.#blobs.get(name);
          return blob && blob.version === known ? 'unchanged' : blob;
        }),
      replace: (name, text, version) =>
        turn(`replace the blob ${name}`, () =>
          this.#blobs.get(name)?.version === version ? put(name, text) : undefined,
        ),
    };
  }
}
