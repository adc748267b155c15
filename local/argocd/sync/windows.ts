import { Cron } from 'croner';
import type { Application } from '../application.ts';
import { matchesGlob } from '../access/glob.ts';

/** A sync window of an AppProject. */
export interface SyncWindow {
  readonly kind: 'allow' | 'deny';
  /** Five cron fields. */
  readonly schedule: string;
  /** Such as `1h30m`. */
  readonly duration: string;
  readonly applications?: readonly string[];
  readonly namespaces?: readonly string[];
  readonly clusters?: readonly string[];
  readonly manualSync?: boolean;
  readonly timeZone?: string;
}

/**
 * Whether sync windows allow a sync. An active `deny` refuses. If `allow` windows exist, one must be active. A manual sync
 * passes if each refusing window has `manualSync`. Follows `SyncWindows.CanSync` in
 * `pkg/apis/application/v1alpha1/types.go` of argoproj/argo-cd.
 */
export function canSync(
  windows: readonly SyncWindow[],
  application: Application,
  now: Date,
  { isManual }: { readonly isManual: boolean },
): boolean {
  const matching = windows.filter((window) => isFor(window, application));
  const active = matching.filter((window) => isActive(window, now));
  const denying = active.filter(({ kind }) => kind === 'deny');
  if (denying.length > 0) return isManual && denying.every(({ manualSync }) => manualSync === true);
  const allowing = matching.filter(({ kind }) => kind === 'allow');
  if (allowing.length === 0 || active.some(({ kind }) => kind === 'allow')) return true;
  return isManual && allowing.every(({ manualSync }) => manualSync === true);
}

function isFor({ applications = [], namespaces = [], clusters = [] }: SyncWindow, application: Application): boolean {
  const { destination } = application.spec;
  return (
    applications.some((glob) => matchesGlob(glob, application.metadata.name)) ||
    namespaces.some((glob) => matchesGlob(glob, destination.namespace)) ||
    clusters.some((glob) => matchesGlob(glob, destination.server))
  );
}

function isActive({ schedule, duration, timeZone = 'UTC' }: SyncWindow, now: Date): boolean {
  const cron = new Cron(schedule, { timezone: timeZone, paused: true, mode: '5-part' });
  const start = cron.nextRun(new Date(now.getTime() - milliseconds(duration)));
  return start !== null && start.getTime() <= now.getTime();
}

const units: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000 };

/** Reads a duration of Go. */
function milliseconds(text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)([hms])/g)];
  if (parts.map(([part]) => part).join('') !== text || text === '')
    throw new RangeError(`${text}: expected a duration, such as 1h30m`);
  return parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (units[unit] ?? 0), 0);
}
