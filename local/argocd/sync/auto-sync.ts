import type { AppCondition, ApplicationStatus, Operation, SyncState } from '../application.ts';
import type { SyncPolicy } from '../options.ts';

/** The consequence of a comparison. */
export interface AutoSync {
  readonly operation?: Operation;
  readonly condition?: Pick<AppCondition, 'type' | 'message'>;
}

const defaultRetries = 5;

/**
 * Decides about an automated sync as `autoSync` in `controller/appcontroller.go` of argoproj/argo-cd does. Each revision is
 * tried once, with five retries. Without `prune`, a leftover alone starts no sync.
 */
export function autoSync(
  { automated, syncOptions, retry = { limit: defaultRetries } }: SyncPolicy,
  { status, revision, revisions }: SyncState,
  before: Pick<ApplicationStatus, 'operationState'>,
  { isLeftoverOnly }: { readonly isLeftoverOnly: boolean },
): AutoSync {
  if (!automated || status !== 'OutOfSync') return {};
  const { prune = false } = automated;
  if (isLeftoverOnly && !prune) return {};
  const { syncResult, phase, message = '' } = before.operationState ?? {};
  const wanted = revisions ?? [revision ?? ''];
  const tried = syncResult && (syncResult.revisions ?? [syncResult.revision]);
  if (tried && JSON.stringify(tried) === JSON.stringify(wanted)) {
    if (phase === 'Succeeded') return {};
    return {
      condition: { type: 'SyncError', message: `Failed last sync attempt to [${wanted.join(' ')}]: ${message}` },
    };
  }
  return {
    operation: {
      initiatedBy: { automated: true },
      sync: {
        ...(revisions ? { revisions } : { revision: revision ?? '' }),
        ...(prune && { prune }),
        ...(syncOptions && { syncOptions }),
      },
      retry,
    },
  };
}
