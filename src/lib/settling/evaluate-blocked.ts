import type { Deployment } from '../model/deployment.ts';
import type { Progress } from '../model/progress.ts';
import type { Evaluation } from './evaluation.ts';
import type { SyncFacts } from './sync-facts.ts';

/**
 * Evaluates the last result of an application whose revision is unknown, because Argo CD cannot render or compare the
 * manifests. Its deployments are pending with the reason, and failed if that lasts for `failureAfter`.
 */
export function evaluateBlocked(
  facts: SyncFacts,
  { states, updatedAt }: Pick<Deployment, 'states' | 'updatedAt'>,
  known: Progress | undefined,
  { failureAfterMs, now }: { readonly failureAfterMs: number; readonly now: Date },
): Evaluation | undefined {
  if (known !== undefined && known.state !== 'syncing') return undefined;
  const committedAt = Date.parse(states.find(({ state }) => state === 'committed')?.at ?? updatedAt);
  const blocked = blockOf(facts, committedAt);
  const at = now.toISOString();
  // An error that is over leaves no reason behind.
  if (!blocked) return known?.reason === undefined ? undefined : { progress: { state: 'syncing', at } };
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
