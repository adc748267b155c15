import type { ProgressState } from '../model/progress.ts';

/** The fields of a sync result that settling compares; times in ISO 8601. */
export interface Snapshot {
  readonly sync: 'Synced' | 'OutOfSync' | 'Unknown' | undefined;
  readonly health: string | undefined;
  /** When the health last changed. */
  readonly healthSince: string | undefined;
  /** Absent if Argo CD never synced the application. */
  readonly operation?: {
    readonly phase: string;
    readonly startedAt: string;
    readonly finishedAt: string | undefined;
    /** Failed attempts that Argo CD repeats. */
    readonly retryCount: number;
  };
  readonly reconciledAt: string | undefined;
}

/** The state of a deployment's value at the revision of a sync result. */
export interface Observation {
  /** Whose value the deployment's scalar holds at the revision. The revision contains the deployment's commit. */
  readonly value: 'own' | 'other';
  /** Whether the revision of the operation contains the commit. */
  readonly isOwnOperation: boolean;
  /** Whether the compared revision is another one than the operation's. */
  readonly isComparedLater: boolean;
  /** Whether the application runs the image; `undefined` if unknown. */
  readonly runs: boolean | undefined;
  /** `other`: whether the live state holds that value: an operation succeeded, or the application is Synced. */
  readonly isLive: boolean;
}

export type Classification =
  | { readonly kind: 'shown'; readonly state: ProgressState; readonly isOutOfSync?: true }
  /** Degraded for less than `failureAfter`. It counts if it lasts until this time, in milliseconds since 1970. */
  | { readonly kind: 'degrading'; readonly until: number }
  /** Attempts of the operation fail. Failed from this time on, in milliseconds since 1970. */
  | { readonly kind: 'failing'; readonly until: number };

/** Phases of an operation that ended without success. */
const failedPhases: ReadonlySet<string> = new Set(['Failed', 'Error']);

/**
 * Classifies a sync result for a deployment. The phase of an operation counts only for deployments whose commit is in the
 * operation's revision. For the others Synced and Healthy are enough, because an unchanged manifest starts no operation.
 * Health counts if it was read after the operation. Missing, Suspended and Progressing are not failures.
 */
export function classify(snapshot: Snapshot, observation: Observation, failureAfterMs: number): Classification {
  const { value, isOwnOperation, isLive } = observation;
  const { operation, sync, health } = snapshot;
  if (value === 'other') return shown(isLive ? 'superseded' : 'syncing');
  const isHealthy = health === 'Healthy' && isReadAfter(snapshot);
  if (isOwnOperation && operation && failedPhases.has(operation.phase)) {
    const isRepaired = isHealthy && sync === 'Synced' && observation.isComparedLater && observation.runs === true;
    return shown(isRepaired ? 'healthy' : 'failed');
  }
  if (isOwnOperation && operation && isRetried(operation)) {
    return { kind: 'failing', until: Date.parse(operation.startedAt) + failureAfterMs };
  }
  const hasSucceeded = operation?.phase === 'Succeeded';
  if (isHealthy && sync === 'Synced' && (hasSucceeded || !isOwnOperation)) return shown('healthy');
  if (isHealthy && isOwnOperation && hasSucceeded && isDeployed(snapshot, observation)) {
    return { kind: 'shown', state: 'healthy', isOutOfSync: true };
  }
  if (health === 'Degraded' && hasSucceeded) return degraded(snapshot, failureAfterMs);
  return shown('syncing');
}

function isRetried({ phase, retryCount }: NonNullable<Snapshot['operation']>): boolean {
  return phase === 'Running' && retryCount > 0;
}

/**
 * Whether an application that never becomes Synced has deployed the value: resources that are not pruned, or ignored
 * differences, keep it OutOfSync. A later commit that cannot be rendered makes it Unknown.
 */
function isDeployed({ sync }: Snapshot, { isComparedLater, runs }: Observation): boolean {
  return runs === true && (sync === 'Unknown' || (sync === 'OutOfSync' && !isComparedLater));
}

/** Argo CD reports the end of an operation with the health from before it. */
function isReadAfter({ operation, reconciledAt }: Snapshot): boolean {
  if (!operation) return true;
  const { phase, finishedAt } = operation;
  if (phase === 'Running' || phase === 'Terminating') return false;
  return finishedAt !== undefined && reconciledAt !== undefined && Date.parse(reconciledAt) >= Date.parse(finishedAt);
}

/** Degraded since the later of the health's change and the operation's end. */
function degraded({ healthSince, operation, reconciledAt }: Snapshot, failureAfterMs: number): Classification {
  const times = [healthSince, operation?.finishedAt].flatMap((time) => (time === undefined ? [] : [Date.parse(time)]));
  const since = times.length === 0 ? Date.parse(reconciledAt ?? '') : Math.max(...times);
  if (Number.isNaN(since)) return shown('syncing');
  const until = since + failureAfterMs;
  const isProven = reconciledAt !== undefined && Date.parse(reconciledAt) >= until;
  return isProven ? shown('degraded') : { kind: 'degrading', until };
}

function shown(state: ProgressState): Classification {
  return { kind: 'shown', state };
}
