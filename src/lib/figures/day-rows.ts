import { createHash } from 'node:crypto';
import { z } from 'zod';
import { recordsPartition, rowKeys } from '../deployments/record-rows.ts';
import type { TableRows } from '../storage/table-rows.ts';
import type { RowGroup } from '../storage/write-together.ts';
import { fromColumns } from './cell-columns.ts';
import { packDay, packedDaySchema, packedTallySchema } from './packed-tally.ts';
import { addTally } from './tally.ts';
import type { Counts, DayTally, Tally } from './tally.ts';

/** The bar keeps this partition apart from those of environments. */
export const figuresPartition = '|figures';
/** Each day is spread over so many rows: a row takes 1 MiB. */
const shards = 4;
const hoursPerPage = 500;

export const figureKeys = {
  /** The tally of a day, in `shards` rows. */
  day: (day: string) => `day|${day}`,
  /** The part of the days that the records of an hour have. */
  hour: (hour: string) => `hour|${hour}`,
};

/** A row that is damaged. One of a newer version is left alone. */
export const damaged = 'damaged';
export const damagedUnlessNewer = (_row: unknown, isNewer: boolean): typeof damaged | undefined =>
  isNewer ? undefined : damaged;

/** The rows of a day after a change of it. A damaged day is computed again. @param own the hour that changes, and its new part */
export async function changedDay(
  day: string,
  change: DayTally,
  own: { readonly hour: string; readonly cells: DayTally },
  rows: TableRows,
): Promise<readonly RowGroup[]> {
  const stored = await readDay(day, rows);
  if ([...stored.values()].some(({ cells }) => cells === damaged)) return rebuiltDay(day, own, rows);
  return [...shardsOf(day, change)].map(([rowKey, cells]) => {
    const { cells: known = damaged, etag } = stored.get(rowKey) ?? {};
    return dayRow(rowKey, known === damaged ? cells : addCells(known, cells), etag);
  });
}

/**
 * The rows of a day, computed again from the parts of all hours. A part that is damaged is missing, so its hour is counted
 * again later. The versions of the rows are read first: a part that changes meanwhile stops the write.
 */
export async function rebuiltDay(
  day: string,
  own: { readonly hour: string; readonly cells: DayTally } | undefined,
  rows: TableRows,
): Promise<readonly RowGroup[]> {
  const stored = await readDay(day, rows);
  let sum = own?.cells ?? new Map<string, Counts>();
  for (let after: string | undefined; ;) {
    const page = await rows.page(figuresPartition, packedTallySchema, {
      prefix: 'hour|',
      // Records count on the day on which they began or later.
      before: `${figureKeys.hour(day)}~`,
      limit: hoursPerPage,
      standIn: damagedUnlessNewer,
      ...(after !== undefined && { after }),
    });
    for (const { rowKey, value } of page) {
      const hour = rowKey.slice(figureKeys.hour('').length);
      if (hour === own?.hour) continue;
      if (value === damaged) await markChanged(hour, rows);
      else sum = addCells(sum, value.get(day) ?? new Map<string, Counts>());
    }
    after = page.at(-1)?.rowKey;
    if (page.length < hoursPerPage) break;
  }
  const next = shardsOf(day, sum);
  return [...new Set([...next.keys(), ...stored.keys()])].map((rowKey) =>
    dayRow(rowKey, next.get(rowKey) ?? new Map<string, Counts>(), stored.get(rowKey)?.etag),
  );
}

/** A row that is there stays: a run that counts the hour now removes the version that it read. */
async function markChanged(hour: string, rows: TableRows): Promise<void> {
  const schema = z.object({ hour: z.string() });
  await rows.change(recordsPartition, rowKeys.changed + hour, schema, (marked) => (marked ? undefined : { hour }));
}

async function readDay(
  day: string,
  rows: TableRows,
): Promise<ReadonlyMap<string, { readonly cells: DayTally | typeof damaged; readonly etag: string }>> {
  const found = await rows.page(figuresPartition, packedDaySchema, {
    prefix: figureKeys.day(day),
    limit: shards,
    standIn: damagedUnlessNewer,
  });
  return new Map(
    found.map(({ rowKey, value, etag = '' }) => [
      rowKey,
      { cells: value === damaged ? damaged : fromColumns(value), etag },
    ]),
  );
}

function dayRow(rowKey: string, cells: DayTally, etag: string | undefined): RowGroup {
  return { row: { rowKey, next: packDay(cells), etag }, beside: [] };
}

function addCells(some: DayTally, others: DayTally): DayTally {
  return addTally(asTally(some), asTally(others)).get('') ?? new Map<string, Counts>();
}

function asTally(cells: DayTally): Tally {
  return new Map([['', cells]]);
}

/** The cells of each row of a day. */
function shardsOf(day: string, cells: DayTally): ReadonlyMap<string, DayTally> {
  const byRow = new Map<string, Map<string, Counts>>();
  for (const [cell, counts] of cells) {
    const shard = (createHash('sha256').update(cell).digest()[0] ?? 0) % shards;
    const rowKey = `${figureKeys.day(day)}|${shard}`;
    byRow.set(rowKey, (byRow.get(rowKey) ?? new Map<string, Counts>()).set(cell, counts));
  }
  return byRow;
}
