import type { Deployment } from '../model/deployment.ts';
import type { DeploymentStore } from './store.ts';

/**
 * A store for one try of a delivery: it reads each record once, until a change of that record. A writer that was faster in
 * between is noticed by the ETag of the change.
 */
export function readOnce(store: DeploymentStore): DeploymentStore {
  const found = new Map<string, Promise<Deployment | undefined>>();
  return {
    ...store,
    find(key) {
      const reading = found.get(key.id) ?? store.find(key);
      found.set(key.id, reading);
      return reading;
    },
    async update(key, ...change) {
      await store.update(key, ...change);
      found.delete(key.id);
    },
  };
}
