import { fromColumns, toColumns } from '../../../src/lib/figures/cell-columns.ts';
import type { FigureStore } from '../../../src/lib/figures/figure-store.ts';
import type { DayColumns } from '../../../src/lib/figures/figure-table.ts';
import { addTally } from '../../../src/lib/figures/tally.ts';
import type { Tally } from '../../../src/lib/figures/tally.ts';

/** The days of a tally as the store answers them. */
export function daysOf(tally: Tally): readonly DayColumns[] {
  return [...tally].map(([day, cells]) => Object.assign({ day }, toColumns(cells)));
}

/** The stored days from `first` to `last` as one tally. */
export async function readTally(figures: FigureStore, first: string, last: string): Promise<Tally> {
  const days = await figures.read(first, last);
  return days.reduce<Tally>((sum, { day, ...cells }) => addTally(sum, new Map([[day, fromColumns(cells)]])), new Map());
}
