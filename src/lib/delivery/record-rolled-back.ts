import type { DeploymentStore } from '../deployments/store.ts';
import type { Clock } from '../model/clock.ts';
import { moveTo } from '../model/deployment.ts';
import type { TagUpdate } from '../model/tag-update.ts';

/**
 * Records the deployment that a committed rollback reverts as `rolled-back`. That is final: no later result changes it.
 * May be repeated.
 */
export async function recordRolledBack(
  { cause, route, environment, image }: TagUpdate,
  { store, now }: { readonly store: Pick<DeploymentStore, 'update'>; readonly now: Clock },
): Promise<void> {
  if (cause.kind !== 'rollback' || cause.of === undefined) return;
  const by = cause.automatic ? '' : ` by ${cause.actor ?? 'a person'}`;
  const reason = `rolled back to ${image.tag}${by}: ${cause.reason}`;
  await store.update({ id: cause.of, route, environment }, (current) => {
    if (!current || current.state === 'rolled-back') return undefined;
    const { recovery: _done, ...rest } = current;
    return moveTo(rest, 'rolled-back', { reason }, now());
  });
}
