import type { CellColumns } from './cell-columns.ts';

/** Cells of a day: all, or a part of them. */
export interface DayColumns extends CellColumns {
  readonly day: string;
}

/** Groups of the rows of a table. */
export interface Grouping {
  readonly names: readonly string[];
  /** The index of each row's group. */
  readonly groups: Uint32Array;
}

/** Numbers of all rows. */
export interface Column {
  readonly values: Uint32Array;
  /** The row of each number. */
  readonly rows: Uint32Array;
}

/** The wanted cells of several days. A row is one cell on one day. */
export interface FigureTable {
  readonly all: Grouping;
  readonly byCell: Grouping;
  readonly byDay: Grouping;
  /** The numbers of a list; none if no cell has it. @param map of the day and each number */
  readonly column: (list: string, map?: (day: string) => (value: number) => number) => Column;
  /** The sum of a measure without a number, by group. */
  readonly sum: (key: string, grouping: Grouping) => Float64Array;
}

/** The place of a cell that is not wanted. */
const unwanted = -1;

export function makeFigureTable(days: readonly DayColumns[], isWanted: (cell: string) => boolean): FigureTable {
  const [cellIndexes, dayIndexes] = [new Map<string, number>(), new Map<string, number>()];
  const names = new Set(days.flatMap(({ cells }) => cells));
  const wanted = new Set([...names].filter(isWanted));
  const [ofCells, ofDays]: [number[], number[]] = [[], []];
  const places = days.map(({ day, cells }) =>
    Int32Array.from(cells, (cell) => {
      if (!wanted.has(cell)) return unwanted;
      ofCells.push(indexOf(cellIndexes, cell));
      return ofDays.push(indexOf(dayIndexes, day)) - 1;
    }),
  );
  return {
    all: { names: [''], groups: new Uint32Array(ofCells.length) },
    byCell: { names: [...cellIndexes.keys()], groups: Uint32Array.from(ofCells) },
    byDay: { names: [...dayIndexes.keys()], groups: Uint32Array.from(ofDays) },

    column(list, map) {
      const parts = days.map(({ lists }) => lists[list]);
      const most = parts.reduce((sum, part) => sum + (part?.values.length ?? 0), 0);
      const [values, rows] = [new Uint32Array(most), new Uint32Array(most)];
      let end = 0;
      for (const [index, part] of parts.entries()) {
        const mapped = map?.(days[index]?.day ?? '');
        let next = 0;
        for (const [cell, count] of (part?.counts ?? []).entries()) {
          const row = places[index]?.[cell] ?? unwanted;
          if (row !== unwanted) {
            rows.fill(row, end, end + count);
            for (let value = next; value < next + count; value += 1) {
              const number = part?.values[value] ?? 0;
              values[end] = mapped ? mapped(number) : number;
              end += 1;
            }
          }
          next += count;
        }
      }
      return { values: values.subarray(0, end), rows: rows.subarray(0, end) };
    },

    sum(key, { names, groups }) {
      const sums = new Float64Array(names.length);
      for (const [index, { plain }] of days.entries()) {
        for (const [cell, count] of (plain[key] ?? []).entries()) {
          const row = places[index]?.[cell] ?? unwanted;
          if (row !== unwanted) add(sums, groups[row] ?? 0, count);
        }
      }
      return sums;
    },
  };
}

function indexOf(indexes: Map<string, number>, name: string): number {
  const known = indexes.get(name);
  if (known !== undefined) return known;
  indexes.set(name, indexes.size);
  return indexes.size - 1;
}

/** The numbers of each group, in arrays of their own. */
export function splitColumn({ values, rows }: Column, { names, groups }: Grouping): readonly Uint32Array[] {
  const lengths = new Uint32Array(names.length);
  for (const row of rows) add(lengths, groups[row] ?? 0, 1);
  const split = Array.from(lengths, (length) => new Uint32Array(length));
  const ends = new Uint32Array(names.length);
  for (let index = 0; index < values.length; index += 1) {
    const group = groups[rows[index] ?? 0] ?? 0;
    const part = split[group];
    if (part) part[ends[group] ?? 0] = values[index] ?? 0;
    add(ends, group, 1);
  }
  return split;
}

function add(sums: Uint32Array | Float64Array, index: number, count: number): void {
  sums[index] = (sums[index] ?? 0) + count;
}
