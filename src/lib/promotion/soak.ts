import type { Soak } from '../model/health.ts';
import type { ApplicationsHealth } from './applications-health.ts';

/** The soak of a record that became healthy. @param healthyAt in milliseconds since 1970 */
export function beginSoak(healthyAt: number, { isHealthy, changedAt }: ApplicationsHealth): Soak {
  return { longestMs: 0, ...(isHealthy && { since: isoTime(Math.max(healthyAt, changedAt)) }) };
}

/**
 * The soak after a change of the applications' health; `undefined` if it does not change.
 *
 * @param healthyAt when the record became healthy, in milliseconds since 1970
 * @param stayedMs how long the files held the value between two times
 */
export async function continueSoak(
  soak: Soak,
  healthyAt: number,
  { isHealthy, changedAt }: ApplicationsHealth,
  stayedMs: (from: number, to: number) => Promise<number>,
): Promise<Soak | undefined> {
  const { since, longestMs } = soak;
  if (!isHealthy) {
    if (since === undefined) return undefined;
    return { longestMs: Math.max(longestMs, await stayedMs(Date.parse(since), changedAt)) };
  }
  const begun = Math.max(changedAt, healthyAt);
  // A later change: the application was not healthy in between.
  return since === undefined || begun > Date.parse(since) ? { longestMs, since: isoTime(begun) } : undefined;
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
