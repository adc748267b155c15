import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { z } from 'zod';
import { groupCounts, ungroupCounts } from './grouped.ts';
import type { Grouped } from './grouped.ts';
import type { DayTally, Tally } from './tally.ts';

/** Only the outer shape is checked: a year has millions of numbers, and a packed row has no other writer. */
const groupedSchema = z.custom<Grouped>(
  (value) => typeof value === 'object' && value !== null && 'plain' in value && 'lists' in value,
);
const daySchema = z.record(z.string(), groupedSchema);
const tallySchema = z.record(z.string(), daySchema);

/** A tally as the value of a row, compressed: a day of 10,000 records has 500 KB of text, which is the most a row takes. */
export interface Packed {
  readonly deflated: string;
}

export const packedSchema = z.object({ deflated: z.string() }) satisfies z.ZodType<Packed>;

export function packTally(tally: Tally): Packed {
  return pack(Object.fromEntries([...tally].map(([day, cells]) => [day, groupDay(cells)])));
}

export function packDay(cells: DayTally): Packed {
  return pack(groupDay(cells));
}

export function unpackTally(packed: Packed): Tally {
  const days = Object.entries(tallySchema.parse(unpack(packed)));
  return new Map(days.map(([day, cells]) => [day, ungroupDay(cells)]));
}

export function unpackDay(packed: Packed): DayTally {
  return ungroupDay(unpackGrouped(packed));
}

/** A day by its cells. */
export function unpackGrouped(packed: Packed): Readonly<Record<string, Grouped>> {
  return daySchema.parse(unpack(packed));
}

function groupDay(cells: DayTally): Readonly<Record<string, Grouped>> {
  return Object.fromEntries([...cells].map(([cell, counts]) => [cell, groupCounts(counts)]));
}

function ungroupDay(cells: Readonly<Record<string, Grouped>>): DayTally {
  return new Map(Object.entries(cells).map(([cell, grouped]) => [cell, ungroupCounts(grouped)]));
}

function pack(value: object): Packed {
  return { deflated: deflateRawSync(JSON.stringify(value)).toString('base64') };
}

function unpack({ deflated }: Packed): unknown {
  return JSON.parse(inflateRawSync(Buffer.from(deflated, 'base64')).toString());
}
