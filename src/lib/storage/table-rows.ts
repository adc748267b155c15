import type { TableClient } from '@azure/data-tables';
import type { z } from 'zod';
import { gatherPuts } from '../async/gathered-puts.ts';
import { RowVersions } from '../async/row-versions.ts';
import type { ChangeOptions } from './change-options.ts';
import { queryRows } from './query-rows.ts';
import type { QueryOptions, Row, StandIn } from './query-rows.ts';
import { removeUnchanged } from './remove-unchanged.ts';
import { partitionsFilter, rangeFilter, unchangedFilter } from './row-filter.ts';
import type { RowRange } from './row-filter.ts';
import { readProperties, toProperties } from './stored-value.ts';
import type { Columns } from './stored-value.ts';
import { connectTable, orCreateTable } from './table-client.ts';
import { hasStatus, rowFailure, unavailable, wasOvertaken } from './table-errors.ts';
import type { InvalidRow } from './table-errors.ts';
import { writeGroups, writeTogether } from './write-together.ts';
import type { RowGroup, RowWrite } from './write-together.ts';

export { refuseNewer } from './query-rows.ts';
export type { Row, StandIn } from './query-rows.ts';

/**
 * Values as JSON in the rows of one table, written by ETag. Every method throws `storage-unavailable`.
 *
 * A row of an unknown shape was written by another version, or is damaged. It is reported. Without a stand-in, lists leave
 * it out, and reading it alone throws `row-invalid`, or `row-newer` if a newer version of the app wrote it.
 */
export interface TableRows {
  readonly read: <T>(
    partitionKey: string,
    rowKey: string,
    schema: z.ZodType<T>,
    standIn?: StandIn<T>,
  ) => Promise<T | undefined>;
  readonly list: <T>(partitionKey: string, schema: z.ZodType<T>, standIn?: StandIn<T>) => Promise<readonly T[]>;
  /** The values of all partitions whose keys begin so. */
  readonly listBelow: <T>(partitionPrefix: string, schema: z.ZodType<T>) => Promise<readonly T[]>;
  /** At most `limit` rows of a partition in the order of their keys. */
  readonly page: <T, S = never>(
    partitionKey: string,
    schema: z.ZodType<T>,
    page: RowRange & { readonly limit: number; readonly standIn?: StandIn<S> | undefined },
  ) => Promise<readonly Row<T | S>[]>;
  /** Writes a row, whatever is there. */
  readonly put: (partitionKey: string, rowKey: string, value: object) => Promise<void>;
  /**
   * `change` maps the current value to the new one, and runs again after an ETag conflict.
   * `undefined` leaves the row unchanged, `'cleared'` removes it.
   */
  readonly change: <T>(
    partitionKey: string,
    rowKey: string,
    schema: z.ZodType<T>,
    change: (current: T | undefined) => T | 'cleared' | undefined,
    options?: ChangeOptions<T>,
  ) => Promise<void>;
  readonly remove: (partitionKey: string, rowKey: string) => Promise<void>;
  /** Removes a row of a page, unless it was written again since. */
  readonly removeRead: (partitionKey: string, row: Pick<Row<unknown>, 'rowKey' | 'etag'>) => Promise<void>;
  /** Writes groups of rows over the versions that were read. @returns which were written */
  readonly writeGroups: (partitionKey: string, groups: readonly RowGroup[]) => Promise<readonly boolean[]>;
  /**
   * Removes rows without a write since a time, in all partitions with this beginning of their key.
   *
   * @returns how many, at most `limit`
   */
  readonly removeUnchanged: (partitionPrefix: string, before: Date, limit: number) => Promise<number>;
}

const maxTries = 10;

/**
 * The table of the setting `AzureWebJobsStorage`, by connection string or with the app's identity; or another table.
 *
 * @param options time limit of each try of a request, in milliseconds; the receiver of rows that lists leave out; and the
 * first row of a new table
 */
export function makeTableRows(
  source: Readonly<Record<string, string | undefined>> | (() => Promise<TableClient>),
  options: {
    readonly requestTimeoutMs?: number;
    readonly onInvalidRow?: (row: InvalidRow) => void;
    readonly firstRow?: () => { readonly partitionKey: string; readonly rowKey: string; readonly value: object };
  } = {},
): TableRows {
  let client: Promise<TableClient> | undefined;
  const table = (): Promise<TableClient> =>
    (client ??= typeof source === 'function' ? source() : connectTable(source, options));
  const versions = new RowVersions();

  async function guarded<T>(run: (client: TableClient) => Promise<T>): Promise<T> {
    try {
      return await run(await table());
    } catch (error) {
      throw unavailable(error);
    }
  }

  async function writeFirst(client: TableClient): Promise<void> {
    if (!options.firstRow) return;
    const { value, ...key } = options.firstRow();
    await client.upsertEntity({ ...key, ...toProperties(value) }, 'Replace');
  }

  async function find<T>(
    partitionKey: string,
    rowKey: string,
    schema: z.ZodType<T>,
    standIn: (row: InvalidRow, isNewer: boolean) => { readonly value: T | undefined } | undefined = () => undefined,
  ): Promise<{ value: T | undefined; etag: string } | undefined> {
    try {
      const entity = await (await table()).getEntity(partitionKey, rowKey);
      const parsed = readProperties(entity, schema);
      if ('problem' in parsed) {
        const row = { partitionKey, rowKey, ...parsed };
        options.onInvalidRow?.(row);
        const other = standIn(row, row.newerVersion !== undefined);
        if (other) return { ...other, etag: entity.etag };
        throw rowFailure(row);
      }
      const found = { value: parsed.value, etag: entity.etag };
      versions.note(partitionKey, rowKey, found);
      return found;
    } catch (error) {
      if (!hasStatus(error, 404)) throw unavailable(error);
      versions.note(partitionKey, rowKey, 'absent');
      return undefined;
    }
  }

  const putGathered = gatherPuts((partitionKey, puts) =>
    guarded(async (client) => {
      const entities = puts.map(({ rowKey, value }) => ({ partitionKey, rowKey, ...toProperties(value) }));
      const [first] = entities;
      await orCreateTable(
        client,
        async () => {
          if (first && entities.length === 1) await client.upsertEntity(first, 'Replace');
          else await client.submitTransaction(entities.map((entity) => ['upsert', entity, 'Replace']));
        },
        writeFirst,
      );
    }),
  );

  /** Writes the row if its ETag is unchanged; else throws an error that `wasOvertaken` recognizes. */
  async function writeOver(
    partitionKey: string,
    rowKey: string,
    next: object | 'cleared',
    current: { readonly etag: string } | undefined,
    beside: readonly RowWrite[],
    columns: Columns | undefined,
  ): Promise<void> {
    const client = await table();
    const versioned = { rowKey, next, etag: current?.etag, columns, merges: columns !== undefined };
    const write = (): Promise<string | undefined> => writeTogether(client, partitionKey, versioned, beside);
    const etag = current ? await write() : await orCreateTable(client, write, writeFirst);
    if (next === 'cleared') versions.note(partitionKey, rowKey, 'absent');
    else if (etag === undefined) versions.forget(partitionKey, rowKey);
    else versions.note(partitionKey, rowKey, { value: next, etag });
  }

  const query = async <T, S = never>(
    filter: string,
    schema: z.ZodType<T>,
    more: Pick<QueryOptions<S>, 'limit' | 'standIn'> = {},
  ): Promise<readonly Row<T | S>[]> =>
    queryRows(table, filter, schema, { ...more, onInvalidRow: options.onInvalidRow });

  return {
    read: async (partitionKey, rowKey, schema, standIn) =>
      (await find(partitionKey, rowKey, schema, standIn && ((...row) => ({ value: standIn(...row) }))))?.value,

    list: async (partitionKey, schema, standIn) =>
      valuesOf(await query(rangeFilter(partitionKey, {}), schema, { standIn })),
    listBelow: async (prefix, schema) => valuesOf(await query(partitionsFilter(prefix), schema)),
    page: (partitionKey, schema, { limit, standIn, ...range }) =>
      query(rangeFilter(partitionKey, range), schema, { limit, standIn }),
    put: (partitionKey, rowKey, value) => putGathered(partitionKey, { rowKey, value }),

    async change<T>(
      partitionKey: string,
      rowKey: string,
      schema: z.ZodType<T>,
      change: (current: T | undefined) => T | 'cleared' | undefined,
      { before, beside, columns, former, replacesDamaged, replacesNewer, isNew = false }: ChangeOptions<T> = {},
    ) {
      const replaceDamaged = (_row: InvalidRow, isNewer: boolean) =>
        (isNewer ? replacesNewer : replacesDamaged) ? { value: undefined } : undefined;
      // Rows of one key have one schema. The known value may be old: good enough for a write with its ETag.
      let known = versions.get(partitionKey, rowKey) as { value: T; etag: string } | 'absent' | undefined;
      if (isNew) known ??= 'absent';
      for (let tries = 1; ; tries += 1) {
        const stored =
          known === 'absent' ? undefined : (known ?? (await find(partitionKey, rowKey, schema, replaceDamaged)));
        const current = stored ? stored.value : await former?.();
        const next = change(current);
        if (next === undefined) {
          if (known === undefined) return;
          known = undefined;
          continue;
        }
        await before?.(next, current);
        try {
          const others = beside?.(next, stored?.value) ?? [];
          const own = next === 'cleared' ? undefined : columns?.(next);
          await writeOver(partitionKey, rowKey, next as object | 'cleared', stored, others, own);
          return;
        } catch (error) {
          versions.forget(partitionKey, rowKey);
          if (!wasOvertaken(error) || tries === maxTries) throw unavailable(error);
          known = undefined;
        }
      }
    },

    async remove(partitionKey, rowKey) {
      try {
        versions.forget(partitionKey, rowKey);
        await (await table()).deleteEntity(partitionKey, rowKey);
      } catch (error) {
        if (!hasStatus(error, 404)) throw unavailable(error);
      }
    },

    async removeRead(partitionKey, { rowKey, etag = '*' }) {
      try {
        versions.forget(partitionKey, rowKey);
        await (await table()).deleteEntity(partitionKey, rowKey, { etag });
      } catch (error) {
        if (!wasOvertaken(error)) throw unavailable(error);
      }
    },

    async writeGroups(partitionKey, groups) {
      for (const { row, beside } of groups) {
        for (const { rowKey } of [row, ...beside]) versions.forget(partitionKey, rowKey);
      }
      return guarded((client) => writeGroups(client, partitionKey, groups));
    },

    removeUnchanged: (prefix, before, limit) =>
      guarded((client) => removeUnchanged(client, unchangedFilter(prefix, before), limit)),
  };
}

function valuesOf<T>(rows: readonly { readonly value: T }[]): readonly T[] {
  return rows.map(({ value }) => value);
}
