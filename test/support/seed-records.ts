import { recordsPartition, rowKeys, rowsBeside } from '../../src/lib/deployments/record-rows.ts';
import type { Deployment } from '../../src/lib/model/deployment.ts';
import { toProperties } from '../../src/lib/storage/stored-value.ts';
import { connectTable } from '../../src/lib/storage/table-client.ts';
import type { RowWrite } from '../../src/lib/storage/write-together.ts';

/** Writes the rows of records as the store does, 100 in a transaction. */
export async function seedRecords(
  records: readonly Deployment[],
  settings: { readonly AzureWebJobsStorage: string },
): Promise<void> {
  const client = await connectTable(settings, {});
  await client.createTable();
  const rows = new Map<string, RowWrite>();
  for (const record of records) {
    for (const row of [{ rowKey: rowKeys.record(record.update.id), value: record }, ...rowsBeside(record, undefined)]) {
      const columns = row.merges ? { ...rows.get(row.rowKey)?.columns, ...row.columns } : row.columns;
      rows.set(row.rowKey, { ...row, ...(columns && { columns }) });
    }
  }
  const entities = [...rows.values()].map(({ rowKey, value = {}, columns }: RowWrite) =>
    Object.assign({ partitionKey: recordsPartition, rowKey }, toProperties(value, columns)),
  );
  for (let start = 0; start < entities.length; start += 100) {
    await client.submitTransaction(entities.slice(start, start + 100).map((entity) => ['upsert', entity, 'Replace']));
  }
}
