import { rowKeys, rowsBeside } from '../../src/lib/deployments/record-rows.ts';
import type { Deployment } from '../../src/lib/model/deployment.ts';
import type { RowWrite } from '../../src/lib/storage/write-together.ts';

/** The rows of records, as the store writes them. */
export function rowsOf(records: readonly Deployment[]): readonly RowWrite[] {
  const rows = new Map<string, RowWrite>();
  for (const record of records) {
    for (const row of [{ rowKey: rowKeys.record(record.update.id), value: record }, ...rowsBeside(record, undefined)]) {
      const columns = row.merges ? { ...rows.get(row.rowKey)?.columns, ...row.columns } : row.columns;
      rows.set(row.rowKey, { ...row, ...(columns && { columns }) });
    }
  }
  return [...rows.values()];
}
