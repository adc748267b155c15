import type { ProgressState } from '../model/progress.ts';

/** What settling looks at in a sync result; times in ISO 8601. */
export interface Snapshot {
  readonly sync: 'Synced' | 'OutOfSync' | 'Unknown' | undefined;
  readonly health: string | undefined;
  /** Since when the health is what it is. */
  readonly healthSince: string | undefined;
  /** Absent where Argo CD has never synced the application. */
  readonly operation?: {
    readonly phase: string;
    readonly startedAt: string;
    readonly finishedAt: string | undefined;
  };
  readonly reconciledAt: string | undefined;
}

/** How a deployment looks from where a sync result stands. */
export interface Sight {
  /** What the deployment's scalar holds at the revision that counts, which has its commit. */
  readonly value: 'own' | 'other';
  /** Whether the operation's revision has its commit. */
  readonly isOwnOperation: boolean;
}

export type Evidence =
  | { readonly kind: 'shown'; readonly state: ProgressState }
  /** Degraded, and not for long enough yet: it counts if it is still so at this time, in milliseconds since 1970. */
  | { readonly kind: 'degrading'; readonly until: number };

/** Phases in which an operation has not done what it was to do. */
const failedPhases: ReadonlySet<string> = new Set(['Failed', 'Error']);

/**
 * What a sync result says of a deployment. An operation's phase counts only for deployments whose commit its revision
 * has; for the others Synced and Healthy are enough, as an unchanged manifest starts no operation. Health counts once it
 * was looked at after the operation. Missing, Suspended and Progressing are no failures.
 */
export function weigh(snapshot: Snapshot, { value, isOwnOperation }: Sight, failureAfterMs: number): Evidence {
  if (value === 'other') return shown('superseded');
  const { operation, sync, health } = snapshot;
  if (isOwnOperation && operation && failedPhases.has(operation.phase)) return shown('failed');
  const hasSucceeded = operation?.phase === 'Succeeded';
  const isDone = hasSucceeded || !isOwnOperation;
  if (sync === 'Synced' && health === 'Healthy' && isLookedAtAfter(snapshot) && isDone) return shown('healthy');
  if (health === 'Degraded' && hasSucceeded) return degraded(snapshot, failureAfterMs);
  return shown('syncing');
}

/** Argo CD tells the end of an operation with the health from before it. */
function isLookedAtAfter({ operation, reconciledAt }: Snapshot): boolean {
  if (!operation) return true;
  const { finishedAt } = operation;
  return finishedAt !== undefined && reconciledAt !== undefined && Date.parse(reconciledAt) >= Date.parse(finishedAt);
}

/** Degraded since the health changed, and never since before the end of the operation. */
function degraded({ healthSince, operation, reconciledAt }: Snapshot, failureAfterMs: number): Evidence {
  const times = [healthSince, operation?.finishedAt].flatMap((time) => (time === undefined ? [] : [Date.parse(time)]));
  const since = times.length === 0 ? Date.parse(reconciledAt ?? '') : Math.max(...times);
  if (Number.isNaN(since)) return shown('syncing');
  const until = since + failureAfterMs;
  const isProven = reconciledAt !== undefined && Date.parse(reconciledAt) >= until;
  return isProven ? shown('degraded') : { kind: 'degrading', until };
}

function shown(state: ProgressState): Evidence {
  return { kind: 'shown', state };
}
