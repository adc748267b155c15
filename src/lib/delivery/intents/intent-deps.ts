import type { Clock } from '../../model/clock.ts';
import type { DeploymentStore } from '../../deployments/store.ts';
import type { TagUpdate } from '../../model/tag-update.ts';
import type { Environment } from '../../routes/route.ts';

export interface IntentDeps {
  readonly store: DeploymentStore;
  readonly now: Clock;
  /** The environment that an update is for, by the current routes. */
  readonly findEnvironment: (update: TagUpdate) => Promise<Environment | undefined>;
  /** Queues an update again, by its id, to replace one tag only; absent if there is no queue. */
  readonly redeliver?: (id: string, from: string) => Promise<unknown>;
}
