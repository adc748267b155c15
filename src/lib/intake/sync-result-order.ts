import type { SyncResult } from './sync-result.ts';

/** The times that order the results of one application. */
export interface ResultTimes {
  readonly operation?: Pick<NonNullable<SyncResult['operation']>, 'startedAt' | 'finishedAt'>;
  readonly health: Pick<SyncResult['health'], 'lastTransitionTime'>;
  readonly reconciledAt?: string;
}

/**
 * Compares two results of one application: negative where the first is older. They are ordered by the start of the
 * operation, then by the time of reconciliation. Where both are equal, the later result of the same operation is the one that
 * has its end, then the one whose health changed later. A result without a field is older than one with it.
 */
export function operationOrder(a: ResultTimes, b: ResultTimes): number {
  return (
    compareTimes(a.operation?.startedAt, b.operation?.startedAt) ||
    compareTimes(a.reconciledAt, b.reconciledAt) ||
    compareTimes(a.operation?.finishedAt, b.operation?.finishedAt) ||
    compareTimes(a.health.lastTransitionTime, b.health.lastTransitionTime)
  );
}

function compareTimes(a: string | undefined, b: string | undefined): number {
  return (a === undefined ? 0 : Date.parse(a)) - (b === undefined ? 0 : Date.parse(b));
}
