import { deploymentStates } from '../model/deployment.ts';
import type { TableRows } from '../storage/table-rows.ts';
import type { DeploymentIndex } from './deployment-index.ts';
import { findRecord } from './find-record.ts';
import { deploymentSchema } from './deployment-schema.ts';
import { invertedTime } from './index-row-key.ts';
import { recordsPartition, rowKeys } from './record-rows.ts';
import type { DeploymentStore } from './store.ts';

export interface RemoveOldDeps {
  readonly rows: TableRows;
  /** Queues no effects. */
  readonly store: Pick<DeploymentStore, 'find' | 'remove'>;
  readonly index: Pick<DeploymentIndex, 'list'>;
}

/**
 * Removes records that began before a time and have not changed since. The newest record of a route and environment stays,
 * and so does each with an open pull request. Marks are rows of their own and stay.
 *
 * @returns the number of removed records, at most `limit`
 */
export async function removeOldRecords(
  before: Date,
  limit: number,
  { rows, store, index }: RemoveOldDeps,
): Promise<number> {
  const newest = new Map<string, string | undefined>();
  let removed = 0;
  for (const state of deploymentStates.filter((one) => one !== 'pull-request')) {
    const prefix = rowKeys.byState(state);
    let after = prefix + invertedTime(before.toISOString());
    for (;;) {
      const page = await rows.page(recordsPartition, deploymentSchema, { prefix, after, limit: limit - removed });
      for (const { rowKey, value } of page) {
        after = rowKey;
        if (value.updatedAt >= before.toISOString()) continue;
        const { route, environment, id } = value.update;
        const key = JSON.stringify([route, environment]);
        if (!newest.has(key)) {
          const { deployments } = await index.list({ route, environment }, { limit: 1 });
          newest.set(key, deployments[0]?.update.id);
        }
        if (newest.get(key) === id) continue;
        const record = await findRecord(value.update, store);
        // A record of an unknown shape stays, with its rows.
        if (record === 'unknown' || (record && record.updatedAt >= before.toISOString())) continue;
        await store.remove(value.update);
        // A row whose record is gone has no other writer.
        if (!record) await rows.remove(recordsPartition, rowKey);
        removed += 1;
      }
      if (removed >= limit) return removed;
      if (page.length === 0) break;
    }
  }
  return removed;
}
