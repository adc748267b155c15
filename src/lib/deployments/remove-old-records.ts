import { atMost } from '../async/at-most.ts';
import { deploymentStates } from '../model/deployment.ts';
import type { Deployment } from '../model/deployment.ts';
import type { Row, TableRows } from '../storage/table-rows.ts';
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
  /** Whether another record may be begun with. */
  readonly hasTime?: () => boolean;
}

const removedAtOnce = 4;

/**
 * Removes records that began before a time and have not changed since. The newest record of a route and environment stays,
 * and so does each with an open pull request. Marks are rows of their own and stay.
 *
 * @returns the number of removed records, at most `limit`
 */
export async function removeOldRecords(
  before: Date,
  limit: number,
  { rows, store, index, hasTime = () => true }: RemoveOldDeps,
): Promise<number> {
  const newest = new Map<string, Promise<string | undefined>>();
  const newestOf = ({ route, environment }: Deployment['update']): Promise<string | undefined> => {
    const key = JSON.stringify([route, environment]);
    const known = newest.get(key);
    if (known) return known;
    const asked = index.list({ route, environment }, { limit: 1 }).then(({ deployments }) => deployments[0]?.update.id);
    newest.set(key, asked);
    return asked;
  };
  /** @returns whether it was removed */
  const remove = async ({ rowKey, value }: Row<Deployment>): Promise<boolean> => {
    if (value.updatedAt >= before.toISOString() || !hasTime()) return false;
    if ((await newestOf(value.update)) === value.update.id) return false;
    const record = await findRecord(value.update, store);
    // A record of an unknown shape stays, with its rows.
    if (record === 'unknown' || (record && record.updatedAt >= before.toISOString())) return false;
    await store.remove(value.update);
    // A row whose record is gone has no other writer.
    if (!record) await rows.remove(recordsPartition, rowKey);
    return true;
  };
  let removed = 0;
  for (const state of deploymentStates.filter((one) => one !== 'pull-request')) {
    const prefix = rowKeys.byState(state);
    let after = prefix + invertedTime(before.toISOString());
    while (hasTime()) {
      const page = await rows.page(recordsPartition, deploymentSchema, { prefix, after, limit: limit - removed });
      removed += (await atMost(removedAtOnce, page, remove)).filter(Boolean).length;
      if (removed >= limit) return removed;
      const last = page.at(-1);
      if (!last) break;
      after = last.rowKey;
    }
  }
  return removed;
}
