import { z } from 'zod';
import type { TableRows } from '../storage/table-rows.ts';
import type { RowGroup } from '../storage/write-together.ts';
import { changedDay, damaged, damagedUnlessNewer, figureKeys, figuresPartition, rebuiltDay } from './day-rows.ts';
import { packedDaySchema, packedTallySchema, packTally } from './packed-tally.ts';
import type { DayColumns } from './figure-table.ts';
import { addTally } from './tally.ts';
import type { Tally } from './tally.ts';

/** A transaction takes 100 rows: those of so many days, and the row of the hour. */
const daysPerTransaction = 24;

/** Figures by day, and the part of each hour in them. Every method throws `storage-unavailable`. */
export interface FigureStore {
  /**
   * Replaces the part of an hour in the days from `first` on. One transaction writes the part and the days, so a repeated
   * call changes nothing. Damaged rows are computed again.
   *
   * @returns false if another instance was faster
   */
  readonly replaceHour: (hour: string, part: Tally, first: string) => Promise<boolean>;
  /** The days from `first` to `last`, both included. Damaged days are computed again. */
  readonly read: (first: string, last: string) => Promise<readonly DayColumns[]>;
  /** Removes days before `day`, and hours that have no part in later ones. @returns the number of rows, at most `limit` */
  readonly removeBefore: (day: string, limit: number) => Promise<number>;
}

export function makeFigureStore(rows: TableRows): FigureStore {
  async function write(groups: readonly RowGroup[]): Promise<boolean> {
    return (await rows.writeGroups(figuresPartition, groups)).every(Boolean);
  }

  /** The former part is unknown, so the days are computed again. The row of the hour comes last: until then all is repeated. */
  async function replaceDamagedHour(hour: string, part: Tally, etag: string | undefined): Promise<boolean> {
    const days = [...part];
    for (let start = 0; ; start += daysPerTransaction) {
      const slice = days.slice(start, start + daysPerTransaction);
      const groups = (await Promise.all(slice.map(([day, cells]) => rebuiltDay(day, { hour, cells }, rows)))).flat();
      const isLast = start + daysPerTransaction >= days.length;
      if (!(await write(isLast ? [hourRow(hour, part, etag), ...groups] : groups))) return false;
      if (isLast) return true;
    }
  }

  return {
    async replaceHour(hour, part, first) {
      for (;;) {
        const [row] = await rows.page(figuresPartition, packedTallySchema, {
          prefix: figureKeys.hour(hour),
          limit: 1,
          standIn: damagedUnlessNewer,
        });
        const { value: stored = new Map(), etag } = row ?? {};
        const fromFirst = ([day]: readonly [string, unknown]) => day >= first;
        if (stored === damaged) return replaceDamagedHour(hour, new Map([...part].filter(fromFirst)), etag);
        const change = [...addTally(part, stored, -1)].filter(fromFirst);
        if (change.length === 0) return true;
        const slice: Tally = new Map(change.slice(0, daysPerTransaction));
        const next = addTally(stored, slice);
        const days = await Promise.all(
          [...slice].map(([day, cells]) => changedDay(day, cells, { hour, cells: next.get(day) ?? new Map() }, rows)),
        );
        if (!(await write([hourRow(hour, next, etag), ...days.flat()]))) return false;
      }
    },

    async read(first, last) {
      const range = { prefix: 'day|', after: figureKeys.day(first), before: `${figureKeys.day(last)}~` };
      const readDays = () =>
        rows.page(figuresPartition, packedDaySchema, { ...range, limit: Infinity, standIn: damagedUnlessNewer });
      let found = await readDays();
      const broken = new Set(found.flatMap(({ rowKey, value }) => (value === damaged ? [dayOf(rowKey)] : [])));
      for (const day of broken) await write(await rebuiltDay(day, undefined, rows));
      if (broken.size > 0) found = await readDays();
      return found.flatMap(({ rowKey, value }) => (value === damaged ? [] : [{ day: dayOf(rowKey), ...value }]));
    },

    async removeBefore(day, limit) {
      const before = figureKeys.day(day);
      const old = await rows.page(figuresPartition, z.unknown(), { prefix: 'day|', before, limit });
      const hours = await rows.page(figuresPartition, packedTallySchema, {
        prefix: 'hour|',
        before: figureKeys.hour(day),
        limit: limit - old.length,
        standIn: damagedUnlessNewer,
      });
      const ended = hours.filter(({ value }) => value === damaged || [...value.keys()].every((one) => one < day));
      for (const row of [...old, ...ended]) await rows.removeRead(figuresPartition, row);
      return old.length + ended.length;
    },
  };
}

function hourRow(hour: string, part: Tally, etag: string | undefined): RowGroup {
  return { row: { rowKey: figureKeys.hour(hour), next: packTally(part), etag }, beside: [] };
}

function dayOf(rowKey: string): string {
  return rowKey.split('|')[1] ?? '';
}
