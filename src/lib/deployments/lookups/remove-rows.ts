import type { TableRows } from '../../storage/table-rows.ts';
import { recordsPartition } from '../record-rows.ts';

/** Removes rows, 100 in a transaction. A row that another run has removed leaves its transaction to the next run. */
export async function removeRows(keys: readonly string[], rows: Pick<TableRows, 'writeGroups'>): Promise<void> {
  await rows.writeGroups(
    recordsPartition,
    keys.map((rowKey) => ({ row: { rowKey, next: 'cleared' }, beside: [] })),
  );
}
