import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { z } from 'zod';
import { fromColumns, toColumns } from './cell-columns.ts';
import type { CellColumns } from './cell-columns.ts';
import { formerDaySchema, fromFormerDay } from './former-groups.ts';
import type { DayTally, Tally } from './tally.ts';

/** A tally as the value of a row, compressed: a day of 10,000 records has 500 KB of text, which is the most a row takes. */
export interface Packed {
  readonly columns: string;
}

/** Only the outer shape is checked: a year has millions of numbers, and a packed row has no other writer. */
const columnsSchema = z.custom<CellColumns>(
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    'cells' in value &&
    Array.isArray(value.cells) &&
    'plain' in value &&
    'lists' in value,
);

/** A row of a day. */
export const packedDaySchema = z.union([
  z
    .object({ columns: inflated() })
    .transform(({ columns }) => columns)
    .pipe(columnsSchema),
  z
    .object({ deflated: inflated() })
    .transform(({ deflated }) => deflated)
    .pipe(formerDaySchema)
    .transform(fromFormerDay)
    .transform(toColumns),
]);
/** A row with the parts of several days. */
export const packedTallySchema = z.union([
  z
    .object({ columns: inflated() })
    .transform(({ columns }) => columns)
    .pipe(z.record(z.string(), columnsSchema))
    .transform((days) => tallyOfDays(days, fromColumns)),
  z
    .object({ deflated: inflated() })
    .transform(({ deflated }) => deflated)
    .pipe(z.record(z.string(), formerDaySchema))
    .transform((days) => tallyOfDays(days, fromFormerDay)),
]);

/** Compressed JSON in base64. */
function inflated() {
  return z.string().transform((text, context) => {
    try {
      return JSON.parse(inflateRawSync(Buffer.from(text, 'base64')).toString()) as unknown;
    } catch {
      context.addIssue('no compressed JSON');
      return z.NEVER;
    }
  });
}

function tallyOfDays<T>(days: Readonly<Record<string, T>>, read: (day: T) => DayTally): Tally {
  return new Map(Object.entries(days).map(([day, cells]) => [day, read(cells)]));
}

export function packTally(tally: Tally): Packed {
  return pack(Object.fromEntries([...tally].map(([day, cells]) => [day, toColumns(cells)])));
}

export function packDay(cells: DayTally): Packed {
  return pack(toColumns(cells));
}

function pack(value: object): Packed {
  return { columns: deflateRawSync(JSON.stringify(value)).toString('base64') };
}
