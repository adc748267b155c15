import type { Deployment } from '../model/deployment.ts';
import { updateKey } from '../model/tag-update.ts';
import { factsOf } from './facts.ts';
import { measureKey } from './measure-key.ts';

/** How often each measure was counted, by its key. */
export type Counts = ReadonlyMap<string, number>;
/** Counts by route and environment, as `updateKey` names them. */
export type DayTally = ReadonlyMap<string, Counts>;
/** By UTC day. No count is 0, and no map is empty. */
export type Tally = ReadonlyMap<string, DayTally>;

type MutableTally = Map<string, Map<string, Map<string, number>>>;

/** The tally of records. Tallies add up: the tally of all records is the sum of the tallies of any parts. */
export function tallyOf(records: Iterable<Deployment>): Tally {
  const tally: MutableTally = new Map();
  for (const record of records) {
    const cell = updateKey(record.update);
    for (const { day, measure } of factsOf(record)) count(tally, [day, cell, measureKey(measure)], 1);
  }
  return tally;
}

/** `tally` with the counts of `other` added `times` times; −1 takes them away. */
export function addTally(tally: Tally, other: Tally, times: 1 | -1 = 1): Tally {
  const sum: MutableTally = new Map();
  for (const [counted, factor] of [
    [tally, 1],
    [other, times],
  ] as const) {
    for (const [day, cells] of counted) {
      for (const [cell, counts] of cells) {
        for (const [key, number] of counts) count(sum, [day, cell, key], number * factor);
      }
    }
  }
  return sum;
}

function count(tally: MutableTally, [day, cell, key]: readonly [string, string, string], number: number): void {
  const cells = tally.get(day) ?? new Map<string, Map<string, number>>();
  const counts = cells.get(cell) ?? new Map<string, number>();
  const next = (counts.get(key) ?? 0) + number;
  if (next === 0) counts.delete(key);
  else counts.set(key, next);
  if (counts.size === 0) cells.delete(cell);
  else cells.set(cell, counts);
  if (cells.size === 0) tally.delete(day);
  else tally.set(day, cells);
}
