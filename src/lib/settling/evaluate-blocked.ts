import type { Deployment } from '../model/deployment.ts';
import type { Progress } from '../model/progress.ts';
import type { Evaluation } from './evaluation.ts';
import type { SyncFacts } from './sync-facts.ts';

/**
 * Evaluates the last result of an application with an unknown revision: Argo CD cannot render or compare the manifests,
 * or no operation has synced the commit. Its deployments are pending with the reason, and failed if manifests cannot be
 * rendered for `failureAfter`.
 *
 * @param refused why Argo CD refused the sync that tagrelay requested
 */
export function evaluateBlocked(
  facts: SyncFacts,
  { states, updatedAt }: Pick<Deployment, 'states' | 'updatedAt'>,
  known: Progress | undefined,
  refused: string | undefined,
  { failureAfterMs, now }: { readonly failureAfterMs: number; readonly now: Date },
): Evaluation | undefined {
  if (known !== undefined && known.state !== 'syncing') return undefined;
  const committedAt = Date.parse(states.find(({ state }) => state === 'committed')?.at ?? updatedAt);
  const blocked = blockOf(facts, committedAt);
  const at = now.toISOString();
  if (!blocked) {
    // An error that is over leaves no reason behind. A refused sync waits for a person, and fails nothing.
    const reason = facts.operation?.phase === 'Running' ? undefined : refused;
    if (known?.reason === reason) return undefined;
    return { progress: { state: 'syncing', at, ...(reason !== undefined && { reason }) } };
  }
  const until = Math.max(blocked.since, committedAt) + failureAfterMs;
  if (now.getTime() >= until) return { progress: { state: 'failed', at, reason: blocked.reason } };
  return { progress: { state: 'syncing', at, reason: blocked.reason }, checkAt: until };
}

function blockOf(
  facts: SyncFacts,
  committedAt: number,
): { readonly reason: string; readonly since: number } | undefined {
  const { comparisonError, operation, isWithoutRevision, message } = facts;
  if (comparisonError) return { reason: comparisonError.message, since: Date.parse(comparisonError.since ?? '') || 0 };
  if (!operation || !isWithoutRevision || Date.parse(operation.startedAt) < committedAt) return undefined;
  const since = Date.parse(operation.finishedAt ?? operation.startedAt);
  return { reason: message ?? `the sync ended ${operation.phase}`, since };
}
