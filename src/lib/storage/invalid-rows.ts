import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import type { Clock } from '../model/clock.ts';
import type { Log } from '../model/log.ts';
import { rowVersion } from './stored-value.ts';
import type { InvalidRow } from './table-errors.ts';
import type { TableRows } from './table-rows.ts';

/** Rows of an unknown shape that any instance met during the last day. */
export interface InvalidRowReport {
  /** At most 1,000. */
  readonly count: number;
  /** The last few: partition and row key. */
  readonly rows: readonly { readonly partition: string; readonly row: string; readonly problem: string }[];
}

export interface InvalidRowsDeps {
  readonly rows: Pick<TableRows, 'put' | 'page'>;
  readonly log: Log;
  readonly now: Clock;
}

/** The bar keeps this partition apart from those of environments. */
export const invalidRowsPartition = '|invalid-rows';

const schema = z.object({
  partition: z.string(),
  row: z.string(),
  problem: z.string(),
  /** When it was met, ISO 8601. */
  at: z.string(),
  newerVersion: z.number().exactOptional(),
});
type Met = Readonly<z.infer<typeof schema>>;

const dayMs = 24 * 60 * 60_000;
/** Rows that an instance remembers, and that a report counts: those of one request. */
const mostRemembered = 10_000;
const mostCounted = 1_000;
const mostShown = 20;

/**
 * Rows of an unknown shape. Each instance logs and stores a row once a day; those met at the same time are stored
 * together, and all instances write one row for it. No work waits for this or fails by it.
 */
export class InvalidRows {
  readonly #deps: InvalidRowsDeps;
  readonly #known = new LRUCache<string, true>({ max: mostRemembered, ttl: dayMs, ttlResolution: 0 });
  #waiting = new Map<string, Met>();
  #writing: Promise<void> | undefined;

  constructor(deps: InvalidRowsDeps) {
    this.#deps = deps;
  }

  note({ partitionKey: partition, rowKey: row, problem, newerVersion }: InvalidRow): void {
    const key = createHash('sha256').update(`${partition}\n${row}`).digest('hex').slice(0, 32);
    if (this.#known.has(key)) return;
    this.#known.set(key, true);
    const fields = { partition, row, reason: problem };
    if (newerVersion === undefined) this.#deps.log('error', 'row-invalid', fields);
    else this.#deps.log('warn', 'row-newer', fields);
    const at = this.#deps.now().toISOString();
    this.#waiting.set(key, { partition, row, problem, at, ...(newerVersion !== undefined && { newerVersion }) });
    this.#writing ??= this.#write();
  }

  /** @throws {Failure} `storage-unavailable` */
  async report(): Promise<InvalidRowReport> {
    await this.#writing;
    const since = new Date(this.#deps.now().getTime() - dayMs).toISOString();
    const range = { after: dayOf(since), limit: mostCounted };
    const found = await this.#deps.rows.page(invalidRowsPartition, schema, range);
    const last = new Map<string, Met>();
    for (const { rowKey, value } of found) {
      // An instance of an earlier version met rows that this one reads.
      const isReadable = value.newerVersion !== undefined && value.newerVersion <= rowVersion;
      if (value.at > since && !isReadable) last.set(rowKey.slice(rowKey.indexOf('|')), value);
    }
    const shown = [...last.values()].toSorted((a, b) => (a.at < b.at ? 1 : -1)).slice(0, mostShown);
    return { count: last.size, rows: shown.map(({ partition, row, problem }) => ({ partition, row, problem })) };
  }

  /** It never throws. */
  async #write(): Promise<void> {
    // A list reports all rows of a page at once.
    await Promise.resolve();
    while (this.#waiting.size > 0) {
      const taken = [...this.#waiting];
      this.#waiting = new Map();
      const puts = taken.map(([key, met]) =>
        this.#deps.rows.put(invalidRowsPartition, `${dayOf(met.at)}|${key}`, met).catch((error: unknown) => {
          // It is stored when it is met again.
          this.#known.delete(key);
          throw error;
        }),
      );
      for (const end of await Promise.allSettled(puts)) {
        if (end.status === 'fulfilled') continue;
        const reason = end.reason instanceof Error ? end.reason.message : String(end.reason);
        this.#deps.log('warn', 'invalid-rows-not-counted', { reason });
        break;
      }
    }
    this.#writing = undefined;
  }
}

function dayOf(time: string): string {
  return time.slice(0, 10);
}
