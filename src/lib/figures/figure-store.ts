import { createHash } from 'node:crypto';
import type { TableRows } from '../storage/table-rows.ts';
import type { RowGroup } from '../storage/write-together.ts';
import { packDay, packedSchema, packTally, unpackDay, unpackGrouped, unpackTally } from './packed-tally.ts';
import type { Entry } from './summarize.ts';
import { addTally } from './tally.ts';
import type { Counts, DayTally, Tally } from './tally.ts';

/** The bar keeps this partition apart from those of environments. */
export const figuresPartition = '|figures';
/** Each day is spread over so many rows: a row takes 1 MiB. */
const shards = 4;
/** A transaction takes 100 rows: those of so many days, and the row of the hour. */
const daysPerTransaction = 24;

const keys = {
  /** The tally of a day, in `shards` rows. */
  day: (day: string) => `day|${day}`,
  /** The part of the days that the records of an hour have. */
  hour: (hour: string) => `hour|${hour}`,
};

/** Figures by day, and the part of each hour in them. Every method throws `storage-unavailable`. */
export interface FigureStore {
  /**
   * Replaces the part of an hour in the days from `first` on. One transaction writes the part and the days, so a repeated
   * call changes nothing.
   *
   * @returns false if another instance was faster
   */
  readonly replaceHour: (hour: string, part: Tally, first: string) => Promise<boolean>;
  /** The days from `first` to `last`, both included. */
  readonly read: (first: string, last: string) => Promise<readonly Entry[]>;
  /** Removes days before `day`, and hours that have no part in later ones. @returns the number of rows, at most `limit` */
  readonly removeBefore: (day: string, limit: number) => Promise<number>;
}

export function makeFigureStore(rows: TableRows): FigureStore {
  async function hourRow(hour: string): Promise<{ readonly part: Tally; readonly etag?: string }> {
    const [row] = await rows.page(figuresPartition, packedSchema, { prefix: keys.hour(hour), limit: 1 });
    return row
      ? { part: unpackTally(row.value), ...(row.etag !== undefined && { etag: row.etag }) }
      : { part: new Map() };
  }

  async function dayRows(
    day: string,
  ): Promise<ReadonlyMap<string, { readonly cells: DayTally; readonly etag: string }>> {
    const found = await rows.page(figuresPartition, packedSchema, { prefix: keys.day(day), limit: shards });
    return new Map(found.map(({ rowKey, value, etag = '' }) => [rowKey, { cells: unpackDay(value), etag }]));
  }

  /** The rows of a day after a change. */
  async function changedDay(day: string, change: DayTally): Promise<readonly RowGroup[]> {
    const stored = await dayRows(day);
    return [...shardsOf(day, change)].map(([rowKey, cells]) => {
      const known = stored.get(rowKey);
      const sum = addTally(new Map([[day, known?.cells ?? new Map()]]), new Map([[day, cells]])).get(day) ?? new Map();
      return { row: { rowKey, next: packDay(sum), etag: known?.etag }, beside: [] };
    });
  }

  return {
    async replaceHour(hour, part, first) {
      for (;;) {
        const stored = await hourRow(hour);
        const change = [...addTally(part, stored.part, -1)].filter(([day]) => day >= first);
        if (change.length === 0) return true;
        const slice: Tally = new Map(change.slice(0, daysPerTransaction));
        const days = await Promise.all([...slice].map(([day, cells]) => changedDay(day, cells)));
        const next = packTally(addTally(stored.part, slice));
        const own = { row: { rowKey: keys.hour(hour), next, etag: stored.etag }, beside: [] };
        const written = await rows.writeGroups(figuresPartition, [own, ...days.flat()]);
        if (!written.every(Boolean)) return false;
      }
    },

    async read(first, last) {
      const range = { prefix: 'day|', after: keys.day(first), before: `${keys.day(last)}~` };
      const found = await rows.page(figuresPartition, packedSchema, { ...range, limit: Number.POSITIVE_INFINITY });
      return found.flatMap(({ rowKey, value }) => {
        const [, day = ''] = rowKey.split('|');
        return Object.entries(unpackGrouped(value)).map(([cell, grouped]) => ({ day, cell, grouped }));
      });
    },

    async removeBefore(day, limit) {
      const old = await rows.page(figuresPartition, packedSchema, { prefix: 'day|', before: keys.day(day), limit });
      const hours = await rows.page(figuresPartition, packedSchema, {
        prefix: 'hour|',
        before: keys.hour(day),
        limit: limit - old.length,
      });
      const ended = hours.filter(({ value }) => [...unpackTally(value).keys()].every((one) => one < day));
      for (const row of [...old, ...ended]) await rows.removeRead(figuresPartition, row);
      return old.length + ended.length;
    },
  };
}

/** The cells of each row of a day. */
function shardsOf(day: string, cells: DayTally): ReadonlyMap<string, DayTally> {
  const byRow = new Map<string, Map<string, Counts>>();
  for (const [cell, counts] of cells) {
    const shard = (createHash('sha256').update(cell).digest()[0] ?? 0) % shards;
    const rowKey = `${keys.day(day)}|${shard}`;
    byRow.set(rowKey, (byRow.get(rowKey) ?? new Map<string, Counts>()).set(cell, counts));
  }
  return byRow;
}
