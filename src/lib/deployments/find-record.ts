import type { Deployment } from '../model/deployment.ts';
import { Failure } from '../model/failure.ts';
import type { DeploymentKey, DeploymentStore } from './store.ts';

/** The record of a key, for work on many records: `unknown` where its row has an unknown shape. */
export async function findRecord(
  key: DeploymentKey,
  store: Pick<DeploymentStore, 'find'>,
): Promise<Deployment | 'unknown' | undefined> {
  try {
    return await store.find(key);
  } catch (error) {
    if (error instanceof Failure && error.code === 'row-invalid') return 'unknown';
    throw error;
  }
}
