/** Durations in seconds. The median and `p90` are durations that occurred: at least half, or 90 %, are not longer. */
export interface Spread {
  readonly count: number;
  readonly mean: number;
  readonly median: number;
  readonly p90: number;
  readonly longest: number;
}

/**
 * @param lists whole seconds
 * @returns `undefined` without durations
 */
export function spreadOf(lists: readonly (readonly number[])[]): Spread | undefined {
  const count = lists.reduce((sum, { length }) => sum + length, 0);
  if (count === 0) return undefined;
  const sorted = new Uint32Array(count);
  let end = 0;
  for (const list of lists) {
    sorted.set(list, end);
    end += list.length;
  }
  sorted.sort();
  const ranked = (part: number): number => sorted[Math.ceil(count * part) - 1] ?? 0;
  let total = 0;
  for (const seconds of sorted) total += seconds;
  return { count, mean: Math.round(total / count), median: ranked(0.5), p90: ranked(0.9), longest: ranked(1) };
}
