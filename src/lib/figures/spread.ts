/** Durations in seconds. The median and `p90` are durations that occurred: at least half, or 90 %, are not longer. */
export interface Spread {
  readonly count: number;
  readonly mean: number;
  readonly median: number;
  readonly p90: number;
  readonly longest: number;
}

/**
 * @param counts how often each duration occurred, by its whole seconds
 * @returns `undefined` without durations
 */
export function spreadOf(counts: ReadonlyMap<number, number>): Spread | undefined {
  const sorted = [...counts].filter(([, number]) => number > 0).toSorted(([a], [b]) => a - b);
  const count = sorted.reduce((sum, [, number]) => sum + number, 0);
  const last = sorted.at(-1);
  if (!last) return undefined;
  const total = sorted.reduce((sum, [seconds, number]) => sum + seconds * number, 0);
  return {
    count,
    mean: Math.round(total / count),
    median: quantile(sorted, count * 0.5),
    p90: quantile(sorted, count * 0.9),
    longest: last[0],
  };
}

function quantile(sorted: readonly (readonly [number, number])[], rank: number): number {
  let seen = 0;
  for (const [seconds, number] of sorted) {
    seen += number;
    if (seen >= rank) return seconds;
  }
  return sorted.at(-1)?.[0] ?? 0;
}
