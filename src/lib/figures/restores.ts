/** A time at which an environment ran a good or a failed deployment: sorted, of one second the good one is later. */
export function turnAt(second: number, isGood: boolean): number {
  return 2 * second + Number(isGood);
}

/**
 * The failures of one environment: each begins with its first failed deployment and ends with the next good one. Of a good
 * and a failed deployment in one second, the good one is later.
 *
 * @param turns as `turnAt` writes them, in any order; they are sorted
 */
export function restoresOf(turns: Uint32Array): {
  readonly seconds: readonly number[];
  readonly isFailing: boolean;
} {
  const seconds: number[] = [];
  let since: number | undefined;
  for (const turn of turns.sort()) {
    const at = Math.floor(turn / 2);
    if (turn % 2 === 0) since ??= at;
    else if (since !== undefined) {
      seconds.push(at - since);
      since = undefined;
    }
  }
  return { seconds, isFailing: since !== undefined };
}
