import type { TableClient } from '@azure/data-tables';
import type { z } from 'zod';
import { readColumns, readProperties } from './stored-value.ts';
import type { Columns } from './stored-value.ts';
import { hasStatus, rowFailure, unavailable } from './table-errors.ts';
import type { InvalidRow } from './table-errors.ts';

/** A row of a page. */
export interface Row<T> {
  readonly rowKey: string;
  readonly value: T;
  /** The version that was read. */
  readonly etag?: string;
  readonly columns?: Columns;
}

/** The value of a row of an unknown shape; `undefined` as if it were not there. A newer version of the app may have written it. */
export type StandIn<T> = (row: InvalidRow, isNewer: boolean) => T | undefined;

/** For work that another worker can do: a damaged row is as if it were not there, and one of a newer version fails the work. */
export const refuseNewer: StandIn<never> = (row, isNewer) => {
  if (isNewer) throw rowFailure(row);
  return undefined;
};

export interface QueryOptions<T> {
  readonly limit?: number;
  readonly standIn?: StandIn<T> | undefined;
  readonly onInvalidRow?: ((row: InvalidRow) => void) | undefined;
}

/**
 * The rows that a filter matches, in the order of their keys; none if there is no table.
 *
 * @throws {Failure} `storage-unavailable`
 */
export async function queryRows<T, S = never>(
  table: () => Promise<TableClient>,
  filter: string,
  schema: z.ZodType<T>,
  { limit = Infinity, standIn, onInvalidRow }: QueryOptions<S>,
): Promise<readonly Row<T | S>[]> {
  const found: Row<T | S>[] = [];
  try {
    const entities = (await table()).listEntities({ queryOptions: { filter } });
    for await (const page of entities.byPage({ maxPageSize: Math.min(limit, 1_000) })) {
      for (const entity of page) {
        const { partitionKey = '', rowKey = '' } = entity;
        const parsed = readProperties(entity, schema);
        if ('problem' in parsed) {
          const row = { partitionKey, rowKey, ...parsed };
          onInvalidRow?.(row);
          const value = standIn?.(row, row.newerVersion !== undefined);
          if (value !== undefined) found.push({ rowKey, value, etag: entity.etag, columns: readColumns(entity) });
        } else found.push({ rowKey, value: parsed.value, etag: entity.etag, columns: readColumns(entity) });
      }
      if (found.length >= limit) break;
    }
  } catch (error) {
    if (!hasStatus(error, 404)) throw unavailable(error);
  }
  return found.slice(0, limit);
}
