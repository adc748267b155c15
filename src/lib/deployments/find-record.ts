import type { Deployment } from '../model/deployment.ts';
import { isRowFailure } from '../storage/table-errors.ts';
import type { DeploymentKey, DeploymentStore } from './store.ts';

/** The record of a key, for work on many records: `unknown` where its row cannot be read. */
export async function findRecord(
  key: DeploymentKey,
  store: Pick<DeploymentStore, 'find'>,
): Promise<Deployment | 'unknown' | undefined> {
  try {
    return await store.find(key);
  } catch (error) {
    if (isRowFailure(error)) return 'unknown';
    throw error;
  }
}
