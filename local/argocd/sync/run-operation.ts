import { revisionsOf, sourceSpec } from '../application.ts';
import type { Operation, OperationState, SyncResult } from '../application.ts';
import type { Clock } from '../clock.ts';
import type { Cluster } from '../cluster.ts';
import { readDesiredState } from '../desired-state.ts';
import type { DesiredState } from '../desired-state.ts';
import type { ApplicationOptions, Pace } from '../options.ts';
import type { Repositories } from '../repositories.ts';

export interface OperationDeps {
  readonly options: ApplicationOptions;
  readonly repositories: Repositories;
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly pace: Pace;
  readonly isAllowed: (operation: Operation) => boolean;
  /** Merges a JSON merge patch into `status.operationState`. */
  readonly patch: (change: OperationPatch) => void;
  /** Pauses; false if the stand-in closes. */
  readonly pause: (ms: number) => Promise<boolean>;
  readonly onApplied: (desired: DesiredState) => void;
  /** The live state is that of no revision now. */
  readonly onPartlyApplied: () => void;
}

export type OperationPatch = Partial<Omit<OperationState, 'finishedAt'>> & { readonly finishedAt?: string | null };

type Attempt = Required<Pick<OperationState, 'phase' | 'message' | 'syncResult'>>;

/** The longest wait between attempts: three minutes, where the first wait is computed from five seconds. */
const longestWaits = 36;

/**
 * Runs an operation as `processRequestedAppOperation` in `controller/appcontroller.go` of argoproj/argo-cd does. The phase
 * stays `Running` between attempts, with `retryCount`, `finishedAt` and the resources that failed. All attempts are at one
 * revision. The first patch names only phase, operation and start, so fields of an operation before it stay.
 */
export async function runOperation(operation: Operation, deps: OperationDeps): Promise<void> {
  const { clock, pace, patch, pause } = deps;
  const limit = operation.retry?.limit ?? 0;
  patch({ phase: 'Running', operation, startedAt: clock.now(), finishedAt: null });
  for (let retryCount = 0; ;) {
    while (!deps.isAllowed(operation)) {
      patch({ message: 'Sync operation blocked by sync window' });
      if (!(await pause(pace.syncMs))) return;
    }
    if (!(await pause(pace.syncMs))) return;
    const { phase, message, syncResult } = await attempt(operation, deps);
    const finishedAt = clock.now();
    if (phase === 'Succeeded' || retryCount >= limit) {
      const retried = phase === 'Succeeded' || retryCount === 0 ? '' : ` (retried ${retryCount} times).`;
      patch({ phase, message: `${message}${retried}`, finishedAt, syncResult });
      return;
    }
    const announced = new Date(Date.parse(finishedAt) + waitMs(pace, retryCount));
    retryCount += 1;
    const text = `${message}. Retrying attempt #${retryCount} at ${kitchenTime(announced)}.`;
    patch({ phase: 'Running', message: text, retryCount, finishedAt, syncResult });
    if (!(await pause(waitMs(pace, retryCount)))) return;
    patch({ finishedAt: null });
  }
}

function waitMs({ retryMs }: Pace, retryCount: number): number {
  return Math.min(retryMs * 2 ** retryCount, retryMs * longestWaits);
}

async function attempt(operation: Operation, deps: OperationDeps): Promise<Attempt> {
  const { cluster, options } = deps;
  const { sources, name } = options;
  const { revision, revisions = revision === undefined ? undefined : [revision], prune = false } = operation.sync;
  let desired: DesiredState;
  try {
    desired = await readDesiredState(sources, deps.repositories, revisions);
  } catch (error) {
    const message = `ComparisonError: ${error instanceof Error ? error.message : String(error)}`;
    return { phase: 'Error', message, syncResult: { revision: '', ...sourceSpec(sources) } };
  }
  const resources = cluster.syncResults(name, desired.images);
  const result = { revision: '', ...revisionsOf(sources, desired.revisions), ...sourceSpec(sources), resources };
  const failed = resources.find(({ status }) => status === 'SyncFailed');
  if (failed) {
    // The tasks of a wave run together: a refused one leaves the others applied.
    if (cluster.apply(desired.images, false)) deps.onPartlyApplied();
    const message = `one or more objects failed to apply, reason: ${failed.message}`;
    return { phase: 'Failed', message, syncResult: result satisfies SyncResult };
  }
  cluster.apply(desired.images, prune);
  deps.onApplied(desired);
  return { phase: 'Succeeded', message: 'successfully synced (all tasks run)', syncResult: result };
}

/** `time.Kitchen` of Go. */
function kitchenTime(date: Date): string {
  const hours = date.getUTCHours();
  const minutes = String(date.getUTCMinutes()).padStart(2, '0');
  return `${hours % 12 === 0 ? 12 : hours % 12}:${minutes}${hours < 12 ? 'AM' : 'PM'}`;
}
