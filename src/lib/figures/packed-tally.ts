import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { z } from 'zod';
import type { DayTally, Tally } from './tally.ts';

const daySchema = z.record(z.string(), z.record(z.string(), z.number()));
const tallySchema = z.record(z.string(), daySchema);

/** A tally as the value of a row, compressed: a day of 10,000 records has 700 KB of text, and a row takes half of that. */
export interface Packed {
  readonly deflated: string;
}

export const packedSchema = z.object({ deflated: z.string() }) satisfies z.ZodType<Packed>;

export function packTally(tally: Tally): Packed {
  return pack(Object.fromEntries([...tally].map(([day, cells]) => [day, plainDay(cells)])));
}

export function packDay(cells: DayTally): Packed {
  return pack(plainDay(cells));
}

/** @throws {ZodError} for a row of another shape: a packed row has no other writer */
export function unpackTally(packed: Packed): Tally {
  const plain = tallySchema.parse(unpack(packed));
  return new Map(Object.entries(plain).map(([day, cells]) => [day, dayOf(cells)]));
}

export function unpackDay(packed: Packed): DayTally {
  return dayOf(daySchema.parse(unpack(packed)));
}

function plainDay(cells: DayTally): Record<string, Record<string, number>> {
  return Object.fromEntries([...cells].map(([cell, counts]) => [cell, Object.fromEntries(counts)]));
}

function dayOf(cells: Readonly<Record<string, Readonly<Record<string, number>>>>): DayTally {
  return new Map(Object.entries(cells).map(([cell, counts]) => [cell, new Map(Object.entries(counts))]));
}

function pack(value: object): Packed {
  return { deflated: deflateRawSync(JSON.stringify(value)).toString('base64') };
}

function unpack({ deflated }: Packed): unknown {
  return JSON.parse(inflateRawSync(Buffer.from(deflated, 'base64')).toString());
}
