import { z } from 'zod';
import type { TableRows } from '../../storage/table-rows.ts';
import { recordsPartition } from '../record-rows.ts';

const rowKey = 'moved';
const schema = z.object({ at: z.string() });

/** Its row means that no row of an earlier version is left. A new table begins with it. */
export function movedRow(at: Date) {
  return { partitionKey: recordsPartition, rowKey, value: { at: at.toISOString() } satisfies z.infer<typeof schema> };
}

/** Since when no row of an earlier version is left, ISO 8601; `undefined` if unknown. */
export async function readMoved(rows: Pick<TableRows, 'read'>): Promise<string | undefined> {
  // A newer version has moved them too.
  const found = await rows.read(recordsPartition, rowKey, schema, (_row, isNewer) =>
    isNewer ? { at: '' } : undefined,
  );
  return found?.at;
}
