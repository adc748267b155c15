import { LRUCache } from 'lru-cache';
import type { Log } from '../model/log.ts';
import type { InvalidRow } from './table-errors.ts';

/** Rows of an unknown shape that this instance met during the last day. */
export interface InvalidRowReport {
  readonly count: number;
  /** The first few: partition and row key. */
  readonly rows: readonly { readonly partition: string; readonly row: string; readonly problem: string }[];
}

const dayMs = 24 * 60 * 60_000;
const maxRows = 10_000;
const maxShown = 20;

/** Counts rows of an unknown shape and logs each key once a day. */
export class InvalidRows {
  readonly #rows = new LRUCache<string, InvalidRow>({ max: maxRows, ttl: dayMs, ttlResolution: 0 });
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  note(row: InvalidRow): void {
    const { partitionKey, rowKey, problem } = row;
    const key = `${partitionKey}\n${rowKey}`;
    if (this.#rows.has(key)) return;
    this.#rows.set(key, row);
    this.#log('error', 'row-invalid', { partition: partitionKey, row: rowKey, reason: problem });
  }

  report(): InvalidRowReport {
    this.#rows.purgeStale();
    const shown = [...this.#rows.values()].slice(0, maxShown);
    return {
      count: this.#rows.size,
      rows: shown.map(({ partitionKey, rowKey, problem }) => ({ partition: partitionKey, row: rowKey, problem })),
    };
  }
}
