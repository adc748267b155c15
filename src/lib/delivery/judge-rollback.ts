import type { DeploymentStore } from '../deployments/store.ts';
import type { GitOpsRepository, Tip } from '../git/repository.ts';
import type { Clock } from '../model/clock.ts';
import { queued } from '../model/deployment.ts';
import type { Outcome } from '../model/outcome.ts';
import type { ResolvedUpdate } from '../values/inspect.ts';

/** The branch that a rollback is planned on. */
export interface RollbackPlace {
  readonly tip: Tip;
  readonly repository: GitOpsRepository;
}

/**
 * Judges an automatic rollback after the tip: the update with the value to go back to, or why nothing is written.
 *
 * @throws {Failure} a failure that concerns the whole group
 */
export type JudgeRollback = (resolved: ResolvedUpdate, place: RollbackPlace) => Promise<ResolvedUpdate | Outcome>;

/**
 * The rollback that is written at a tip. The registry does not decide on its value: that ran before. The plan that finds no
 * record makes it.
 */
export async function resolveRollback(
  resolved: ResolvedUpdate,
  place: RollbackPlace,
  deps: { readonly store: DeploymentStore; readonly now: Clock; readonly judgeRollback?: JudgeRollback },
): Promise<ResolvedUpdate | Outcome> {
  const { cause } = resolved.update;
  if (cause.kind !== 'rollback') return resolved;
  const judged = cause.automatic && deps.judgeRollback ? await deps.judgeRollback(resolved, place) : resolved;
  if (!('update' in judged)) return judged;
  const { update, environment } = judged;
  await deps.store.update(update, (current) => {
    if (!current) return queued(update, environment.repository, deps.now());
    const isAnother = JSON.stringify(current.update) !== JSON.stringify(update);
    return current.state === 'queued' && isAnother ? { ...current, update } : undefined;
  });
  return judged;
}
