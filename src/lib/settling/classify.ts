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
  };
  readonly reconciledAt: string | undefined;
}

/** The state of a deployment's value at the revision of a sync result. */
export interface Observation {
  /** Whose value the deployment's scalar holds at the revision. The revision contains the deployment's commit. */
  readonly value: 'own' | 'other';
  /** Whether the revision of the operation contains the commit. */
  readonly isOwnOperation: boolean;
}

export type Classification =
  | { readonly kind: 'shown'; readonly state: ProgressState }
  /** Degraded for less than `failureAfter`. It counts if it lasts until this time, in milliseconds since 1970. */
  | { readonly kind: 'degrading'; readonly until: number };

/** Phases of an operation that ended without success. */
const failedPhases: ReadonlySet<string> = new Set(['Failed', 'Error']);

/**
 * Classifies a sync result for a deployment. The phase of an operation counts only for deployments whose commit is in the
 * operation's revision. For the others Synced and Healthy are enough, because an unchanged manifest starts no operation.
 * Health counts if it was read after the operation. Missing, Suspended and Progressing are not failures.
 */
export function classify(
  snapshot: Snapshot,
  { value, isOwnOperation }: Observation,
  failureAfterMs: number,
): Classification {
  if (value === 'other') return shown('superseded');
  const { operation, sync, health } = snapshot;
  if (isOwnOperation && operation && failedPhases.has(operation.phase)) return shown('failed');
  const hasSucceeded = operation?.phase === 'Succeeded';
  const isDone = hasSucceeded || !isOwnOperation;
  if (sync === 'Synced' && health === 'Healthy' && isReadAfter(snapshot) && isDone) return shown('healthy');
  if (health === 'Degraded' && hasSucceeded) return degraded(snapshot, failureAfterMs);
  return shown('syncing');
}

/** Argo CD reports the end of an operation with the health from before it. */
function isReadAfter({ operation, reconciledAt }: Snapshot): boolean {
  if (!operation) return true;
  const { finishedAt } = operation;
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
