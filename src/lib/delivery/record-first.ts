import { recordQueued } from '../deployments/record-outcome.ts';
import type { DeploymentStore } from '../deployments/store.ts';
import type { Clock } from '../model/clock.ts';
import type { TagUpdate } from '../model/tag-update.ts';
import { recordPromotion } from '../promotion/record-promotion.ts';

export interface RecordFirstDeps {
  readonly store: DeploymentStore;
  readonly now: Clock;
}

/**
 * Makes the record of an update whose message came before its record, unless it is there. An event records its own updates.
 *
 * @param movedFrom the update that this one replaces, as the registry moved its tag
 */
export async function recordFirst(
  update: TagUpdate,
  repository: string,
  { store, now }: RecordFirstDeps,
  movedFrom?: string,
): Promise<void> {
  switch (update.cause.kind) {
    case 'promotion':
      return recordPromotion(update, repository, { store, now });
    case 'replay':
    case 'overtaken':
    case 'rollback':
      await recordQueued(update, repository, store, now());
      return undefined;
    case 'push':
    case 'build':
    case 'reconcile': {
      if (movedFrom === undefined) return undefined;
      const build = (await store.find({ ...update, id: movedFrom }))?.build;
      await recordQueued(update, repository, store, now(), { ...(build && { build }) });
      return undefined;
    }
    default:
      return update.cause satisfies never;
  }
}
