import type { DeploymentStore } from '../deployments/store.ts';
import type { Clock } from '../model/clock.ts';
import { queued } from '../model/deployment.ts';
import type { ResolvedUpdate } from '../values/inspect.ts';

/** Records a planned rollback. The plan that finds no record makes it; a refused push changes the reason. */
export async function recordRollback(
  { update, environment }: ResolvedUpdate,
  { store, now }: { readonly store: Pick<DeploymentStore, 'update'>; readonly now: Clock },
): Promise<void> {
  await store.update(update, (current) => {
    if (!current) return queued(update, environment.repository, now());
    const isAnother = JSON.stringify(current.update) !== JSON.stringify(update);
    return current.state === 'queued' && isAnother ? { ...current, update } : undefined;
  });
}
