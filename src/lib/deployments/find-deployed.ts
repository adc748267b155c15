import type { TableRows } from '../storage/table-rows.ts';
import { readStateColumns } from './environment-columns.ts';
import type { DeploymentBrief } from './environment-columns.ts';
import { overviewOf } from './environment-overview.ts';
import { environmentSchema } from './list-environments.ts';
import { environmentRowKey, recordsPartition } from './record-rows.ts';
import type { EnvironmentKey } from './store.ts';

/** The last deployment of an environment with a commit, in one storage call. */
export async function findDeployed(
  rows: Pick<TableRows, 'page'>,
  key: EnvironmentKey,
): Promise<DeploymentBrief | undefined> {
  const [row] = await rows.page(recordsPartition, environmentSchema, { prefix: environmentRowKey(key), limit: 1 });
  return row && overviewOf(row.value, readStateColumns(row.columns ?? {}), []).deployed;
}
