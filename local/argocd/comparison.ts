/**
 * How a comparison reads the repositories: not at all after a change of the live state, at a poll, or at once for a refresh
 * and after an operation. Only the last one reports manifest errors without a grace period.
 */
export type Comparison = 'recent' | 'latest' | 'forced';

const rank: Readonly<Record<Comparison, number>> = { recent: 0, latest: 1, forced: 2 };

/** The comparison that does what both requests need. */
export function strongest(one: Comparison | undefined, other: Comparison): Comparison {
  return one !== undefined && rank[one] >= rank[other] ? one : other;
}
