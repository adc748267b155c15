import type { TableRows } from '../storage/table-rows.ts';
import { deploymentSchema } from './deployment-schema.ts';
import { environmentRow, recordsPartition, rowKeys } from './record-rows.ts';
import type { DeploymentKey } from './store.ts';

/** Writes a record into the row of its environment again, where a later deployment has ended. */
export function makeShowAgain({ change }: Pick<TableRows, 'change'>): (key: DeploymentKey) => Promise<void> {
  return ({ id }) =>
    change(recordsPartition, rowKeys.record(id), deploymentSchema, (current) => current, {
      beside: (next) => (next === 'cleared' ? [] : environmentRow(next)),
    });
}
