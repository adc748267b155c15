/** A time at which an environment ran a good or a failed deployment, in whole seconds. */
export interface Turn {
  readonly at: number;
  readonly isGood: boolean;
}

/**
 * The failures of one environment: each begins with its first failed deployment and ends with the next good one. Of a good
 * and a failed deployment in one second, the good one is later.
 *
 * @param turns in any order
 */
export function restoresOf(turns: readonly Turn[]): {
  readonly seconds: readonly number[];
  readonly isFailing: boolean;
} {
  const seconds: number[] = [];
  let since: number | undefined;
  for (const { at, isGood } of turns.toSorted((a, b) => a.at - b.at || Number(a.isGood) - Number(b.isGood))) {
    if (!isGood) since ??= at;
    else if (since !== undefined) {
      seconds.push(at - since);
      since = undefined;
    }
  }
  return { seconds, isFailing: since !== undefined };
}
