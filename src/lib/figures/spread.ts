/** Durations in seconds. The median and `p90` are durations that occurred: at least half, or 90 %, are not longer. */
export interface Spread {
  readonly count: number;
  readonly mean: number;
  readonly median: number;
  readonly p90: number;
  readonly longest: number;
}

/**
 * @param seconds whole ones, which are sorted
 * @returns `undefined` without durations
 */
export function spreadOf(seconds: Uint32Array): Spread | undefined {
  const count = seconds.length;
  if (count === 0) return undefined;
  sortSeconds(seconds);
  const ranked = (part: number): number => seconds[Math.ceil(count * part) - 1] ?? 0;
  let total = 0;
  for (const one of seconds) total += one;
  return { count, mean: Math.round(total / count), median: ranked(0.5), p90: ranked(0.9), longest: ranked(1) };
}

/** Many durations have few different values: counting them takes less time than a comparison of pairs. */
function sortSeconds(seconds: Uint32Array): void {
  let longest = 0;
  for (const one of seconds) if (one > longest) longest = one;
  if (longest > seconds.length) {
    seconds.sort();
    return;
  }
  const counts = new Uint32Array(longest + 1);
  for (const one of seconds) counts[one] = (counts[one] ?? 0) + 1;
  let end = 0;
  for (let value = 0; value <= longest; value += 1) {
    const count = counts[value] ?? 0;
    if (count > 0) seconds.fill(value, end, end + count);
    end += count;
  }
}
