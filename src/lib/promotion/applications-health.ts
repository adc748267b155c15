import type { SyncResult } from '../intake/sync-result.ts';

/** The health of an environment: that of all its applications. */
export interface ApplicationsHealth {
  readonly isHealthy: boolean;
  /** The latest change of an application's health, in milliseconds since 1970. */
  readonly changedAt: number;
}

/** @param results the last result of each application; `undefined` where none was kept */
export function healthOf(results: readonly (SyncResult | undefined)[]): ApplicationsHealth {
  const known = results.flatMap((result) => result ?? []);
  const times = known.map(({ health, reconciledAt }) => Date.parse(health.lastTransitionTime ?? reconciledAt ?? ''));
  return {
    isHealthy: known.length > 0 && known.every(({ health }) => health.status === 'Healthy'),
    changedAt: Math.max(0, ...times.filter((time) => !Number.isNaN(time))),
  };
}
