import type { TableClient } from '@azure/data-tables';
import pLimit from 'p-limit';
import { hasStatus, wasOvertaken } from './table-errors.ts';

const parallel = 16;
const rowsPerRequest = 1_000;

/** Removes rows of a filter, at most `limit`. One that is written meanwhile stays. @returns how many it removed */
export async function removeUnchanged(client: TableClient, filter: string, limit: number): Promise<number> {
  const found: { readonly partitionKey: string; readonly rowKey: string; readonly etag: string }[] = [];
  try {
    const entities = client.listEntities({ queryOptions: { filter, select: ['PartitionKey', 'RowKey'] } });
    for await (const page of entities.byPage({ maxPageSize: Math.min(limit, rowsPerRequest) })) {
      for (const { partitionKey, rowKey, etag } of page) {
        if (partitionKey !== undefined && rowKey !== undefined) found.push({ partitionKey, rowKey, etag });
      }
      if (found.length >= limit) break;
    }
  } catch (error) {
    if (!hasStatus(error, 404)) throw error;
  }
  const atMost = pLimit(parallel);
  const removed = await Promise.all(
    found.slice(0, limit).map(({ partitionKey, rowKey, etag }) =>
      atMost(async () => {
        try {
          await client.deleteEntity(partitionKey, rowKey, { etag });
          return true;
        } catch (error) {
          if (!wasOvertaken(error)) throw error;
          return false;
        }
      }),
    ),
  );
  return removed.filter(Boolean).length;
}
