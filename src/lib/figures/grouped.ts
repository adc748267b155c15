import type { Counts } from './tally.ts';

/**
 * Counts in the form that rows hold and reports read: a list of numbers is parsed, joined and sorted many times faster than a
 * map.
 */
export interface Grouped {
  /** Counts of the measures without a number, by their key. */
  readonly plain: Readonly<Record<string, number>>;
  /** The numbers of the others by the first character of their key: sorted, each as many times as its count. */
  readonly lists: Readonly<Record<string, readonly number[]>>;
}

/** Keys such as `0:45`, `+3600` and `-3600`. */
const numbered = /^([0-9+-]):?(\d+)$/;

export function groupCounts(counts: Counts): Grouped {
  const plain: Record<string, number> = {};
  const lists: Record<string, number[]> = {};
  for (const [key, count] of counts) {
    const [, list, number] = numbered.exec(key) ?? [];
    if (list === undefined) plain[key] = count;
    else (lists[list] ??= []).push(...Array.from({ length: count }, () => Number(number)));
  }
  for (const list of Object.values(lists)) list.sort((a, b) => a - b);
  return { plain, lists };
}

export function ungroupCounts({ plain, lists }: Grouped): Counts {
  const counts = new Map(Object.entries(plain));
  for (const [list, numbers] of Object.entries(lists)) {
    const separator = /\d/.test(list) ? ':' : '';
    for (const number of numbers) {
      const key = `${list}${separator}${number}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  return counts;
}
