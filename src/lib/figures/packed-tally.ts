import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { z } from 'zod';
import { groupCounts, ungroupCounts } from './grouped.ts';
import type { Grouped } from './grouped.ts';
import type { DayTally, Tally } from './tally.ts';

/** Only the outer shape is checked: a year has millions of numbers, and a packed row has no other writer. */
const groupedSchema = z.custom<Grouped>(
  (value) => typeof value === 'object' && value !== null && 'plain' in value && 'lists' in value,
);
/** A tally as the value of a row, compressed: a day of 10,000 records has 500 KB of text, which is the most a row takes. */
export interface Packed {
  readonly deflated: string;
}

const packedSchema = z.object({ deflated: z.string() }).transform(({ deflated }, context) => {
  try {
    return JSON.parse(inflateRawSync(Buffer.from(deflated, 'base64')).toString()) as unknown;
  } catch {
    context.addIssue({ code: 'custom', message: 'no compressed JSON', path: ['deflated'] });
    return z.NEVER;
  }
});
const cellsSchema = z.record(z.string(), groupedSchema);

/** A row of a day, by its cells. */
export const packedDaySchema = packedSchema.pipe(cellsSchema);
/** A row with the parts of several days. */
export const packedTallySchema = packedSchema.pipe(z.record(z.string(), cellsSchema)).transform(ungroupTally);

export function packTally(tally: Tally): Packed {
  return pack(Object.fromEntries([...tally].map(([day, cells]) => [day, groupDay(cells)])));
}

export function packDay(cells: DayTally): Packed {
  return pack(groupDay(cells));
}

function groupDay(cells: DayTally): Readonly<Record<string, Grouped>> {
  return Object.fromEntries([...cells].map(([cell, counts]) => [cell, groupCounts(counts)]));
}

function ungroupTally(days: Readonly<Record<string, Readonly<Record<string, Grouped>>>>): Tally {
  return new Map(Object.entries(days).map(([day, cells]) => [day, ungroupDay(cells)]));
}

export function ungroupDay(cells: Readonly<Record<string, Grouped>>): DayTally {
  return new Map(Object.entries(cells).map(([cell, grouped]) => [cell, ungroupCounts(grouped)]));
}

function pack(value: object): Packed {
  return { deflated: deflateRawSync(JSON.stringify(value)).toString('base64') };
}
