import type { DayTally } from './tally.ts';

/** A tally of a day in columns: these few long lists are parsed and summed many times faster than a map for each cell. */
export interface CellColumns {
  /** Routes and environments, as `updateKey` names them. */
  readonly cells: readonly string[];
  /** Counts of the measures without a number, by their key: of each cell. */
  readonly plain: Readonly<Record<string, readonly number[]>>;
  /** Numbers of the other measures, by the first character of their key. */
  readonly lists: Readonly<Record<string, NumberColumn>>;
}

export interface NumberColumn {
  /** How many numbers each cell has. */
  readonly counts: readonly number[];
  /** The numbers of the first cell, then of the second, and so on. */
  readonly values: readonly number[];
}

/** Keys such as `0:45`, `+3600` and `-3600`. */
const numbered = /^([0-9+-]):?(\d+)$/;

export function toColumns(tally: DayTally): CellColumns {
  const plain: Record<string, number[]> = {};
  const lists: Record<string, { readonly counts: number[]; readonly values: number[] }> = {};
  for (const [cell, counts] of [...tally.values()].entries()) {
    for (const [key, count] of counts) {
      const [, list, number] = numbered.exec(key) ?? [];
      if (list === undefined) (plain[key] ??= zeros(tally.size))[cell] = count;
      else {
        const column = (lists[list] ??= { counts: zeros(tally.size), values: [] });
        column.counts[cell] = (column.counts[cell] ?? 0) + count;
        for (let time = 0; time < count; time += 1) column.values.push(Number(number));
      }
    }
  }
  return { cells: [...tally.keys()], plain, lists };
}

function zeros(length: number): number[] {
  return Array.from({ length }, () => 0);
}

export function fromColumns({ cells, plain, lists }: CellColumns): DayTally {
  const tally = new Map(cells.map((cell) => [cell, new Map<string, number>()]));
  const maps = [...tally.values()];
  for (const [key, counts] of Object.entries(plain)) {
    for (const [cell, count] of counts.entries()) if (count > 0) maps[cell]?.set(key, count);
  }
  for (const [list, { counts, values }] of Object.entries(lists)) {
    const prefix = /\d/.test(list) ? `${list}:` : list;
    let end = 0;
    for (const [cell, count] of counts.entries()) {
      for (const number of values.slice(end, end + count)) addOne(maps[cell], `${prefix}${number}`);
      end += count;
    }
  }
  return tally;
}

function addOne(counts: Map<string, number> | undefined, key: string): void {
  counts?.set(key, (counts.get(key) ?? 0) + 1);
}
