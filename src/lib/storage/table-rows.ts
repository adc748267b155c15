import type { TableClient } from '@azure/data-tables';
import type { z } from 'zod';
import { Failure } from '../model/failure.ts';
import { gatherPuts } from '../async/gathered-puts.ts';
import { RowVersions } from '../async/row-versions.ts';
import { tryParseJson } from '../model/json.ts';
import { connectTable } from './table-client.ts';

/**
 * Values as JSON in the rows of one table, written by ETag. Every method throws `storage-unavailable`.
 *
 * A row of an unknown shape was written by another version, or is damaged. Lists leave it out and report it; reading it
 * alone throws `row-invalid`.
 */
export interface TableRows {
  readonly read: <T>(partitionKey: string, rowKey: string, schema: z.ZodType<T>) => Promise<T | undefined>;
  readonly list: <T>(partitionKey: string, schema: z.ZodType<T>) => Promise<readonly T[]>;
  /** The values of all partitions whose keys begin so. */
  readonly listBelow: <T>(partitionPrefix: string, schema: z.ZodType<T>) => Promise<readonly T[]>;
  /** At most `limit` rows of a partition in the order of their keys, from the first whose key is greater than `after`. */
  readonly page: <T>(
    partitionKey: string,
    schema: z.ZodType<T>,
    page: { readonly after?: string; readonly limit: number },
  ) => Promise<readonly { readonly rowKey: string; readonly value: T }[]>;
  /** Writes a row, whatever is there. */
  readonly put: (partitionKey: string, rowKey: string, value: object) => Promise<void>;
  /**
   * `change` maps the current value to the new one, and runs again after an ETag conflict.
   * `undefined` leaves the row unchanged, `'cleared'` removes it. `before` is awaited before each attempt to write.
   */
  readonly change: <T>(
    partitionKey: string,
    rowKey: string,
    schema: z.ZodType<T>,
    change: (current: T | undefined) => T | 'cleared' | undefined,
    before?: (next: T | 'cleared', current: T | undefined) => Promise<void>,
  ) => Promise<void>;
  readonly remove: (partitionKey: string, rowKey: string) => Promise<void>;
}

/** A row that does not have the shape of its kind. */
export interface InvalidRow {
  readonly partitionKey: string;
  readonly rowKey: string;
  /** The first field that does not fit. */
  readonly problem: string;
}

const maxTries = 10;
/** A text property holds 32 Ki characters: longer values are spread over several. */
const chunkLength = 30_000;

/**
 * The table of the setting `AzureWebJobsStorage`, by connection string or with the app's identity.
 *
 * @param options time limit of each try of a request, in milliseconds; and the receiver of rows that lists leave out
 */
export function makeTableRows(
  settings: Readonly<Record<string, string | undefined>>,
  options: { readonly requestTimeoutMs?: number; readonly onInvalidRow?: (row: InvalidRow) => void } = {},
): TableRows {
  let client: Promise<TableClient> | undefined;
  const table = (): Promise<TableClient> => (client ??= connectTable(settings, options));
  const versions = new RowVersions();

  async function find<T>(
    partitionKey: string,
    rowKey: string,
    schema: z.ZodType<T>,
  ): Promise<{ value: T; etag: string } | undefined> {
    try {
      const entity = await (await table()).getEntity(partitionKey, rowKey);
      const parsed = parse(entity, schema);
      if ('problem' in parsed) {
        const row = { partitionKey, rowKey, problem: parsed.problem };
        options.onInvalidRow?.(row);
        throw invalidRow(row);
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

  const putGathered = gatherPuts(async (partitionKey, puts) => {
    try {
      const client = await table();
      const entities = puts.map(({ rowKey, value }) => ({ partitionKey, rowKey, ...split(JSON.stringify(value)) }));
      const [first] = entities;
      await orCreateTable(client, async () => {
        if (first && entities.length === 1) await client.upsertEntity(first, 'Replace');
        else await client.submitTransaction(entities.map((entity) => ['upsert', entity, 'Replace']));
      });
    } catch (error) {
      throw unavailable(error);
    }
  });

  /** Writes the row if its ETag is unchanged; else throws an error that `wasOvertaken` recognizes. */
  async function writeOver(
    partitionKey: string,
    rowKey: string,
    next: object | 'cleared',
    current: { readonly etag: string } | undefined,
  ): Promise<void> {
    const client = await table();
    if (next === 'cleared') {
      if (current) await client.deleteEntity(partitionKey, rowKey, { etag: current.etag });
      return versions.note(partitionKey, rowKey, 'absent');
    }
    const entity = { partitionKey, rowKey, ...split(JSON.stringify(next)) };
    const { etag } = current
      ? await client.updateEntity(entity, 'Replace', { etag: current.etag })
      : await orCreateTable(client, () => client.createEntity(entity));
    if (etag === undefined) versions.forget(partitionKey, rowKey);
    else versions.note(partitionKey, rowKey, { value: next, etag });
  }

  async function query<T>(
    filter: string,
    schema: z.ZodType<T>,
    limit = Infinity,
  ): Promise<readonly { readonly rowKey: string; readonly value: T }[]> {
    const found: { rowKey: string; value: T }[] = [];
    try {
      const entities = (await table()).listEntities({ queryOptions: { filter } });
      for await (const page of entities.byPage({ maxPageSize: Math.min(limit, 1_000) })) {
        for (const entity of page) {
          const { partitionKey = '', rowKey = '' } = entity;
          const parsed = parse(entity, schema);
          if ('problem' in parsed) options.onInvalidRow?.({ partitionKey, rowKey, problem: parsed.problem });
          else found.push({ rowKey, value: parsed.value });
        }
        if (found.length >= limit) break;
      }
    } catch (error) {
      if (!hasStatus(error, 404)) throw unavailable(error);
    }
    return found.slice(0, limit);
  }

  return {
    async read(partitionKey, rowKey, schema) {
      return (await find(partitionKey, rowKey, schema))?.value;
    },

    list: async (partitionKey, schema) => valuesOf(await query(`PartitionKey eq ${quote(partitionKey)}`, schema)),

    async listBelow(prefix, schema) {
      const filter = `PartitionKey ge ${quote(prefix)} and PartitionKey lt ${quote(`${prefix}~`)}`;
      return valuesOf(await query(filter, schema));
    },

    page: (partitionKey, schema, { after, limit }) => {
      const further = after === undefined ? '' : ` and RowKey gt ${quote(after)}`;
      return query(`PartitionKey eq ${quote(partitionKey)}${further}`, schema, limit);
    },

    put: (partitionKey, rowKey, value) => putGathered(partitionKey, { rowKey, value }),

    async change<T>(
      partitionKey: string,
      rowKey: string,
      schema: z.ZodType<T>,
      change: (current: T | undefined) => T | 'cleared' | undefined,
      before?: (next: T | 'cleared', current: T | undefined) => Promise<void>,
    ) {
      // Rows of one key have one schema. The known value may be old: good enough for a write with its ETag.
      const known = versions.get(partitionKey, rowKey) as { value: T; etag: string } | 'absent' | undefined;
      let current = known === 'absent' ? undefined : known;
      let next = known && change(current?.value);
      for (let tries = 1; ; tries += 1) {
        if (next === undefined) {
          current = await find(partitionKey, rowKey, schema);
          next = change(current?.value);
          if (next === undefined) return;
        }
        await before?.(next, current?.value);
        try {
          await writeOver(partitionKey, rowKey, next as object | 'cleared', current);
          return;
        } catch (error) {
          versions.forget(partitionKey, rowKey);
          if (!wasOvertaken(error) || tries === maxTries) throw unavailable(error);
          next = undefined;
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
  };
}

/** Storage makes no table by itself. */
async function orCreateTable<T>(client: TableClient, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!hasStatus(error, 404)) throw error;
    await client.createTable();
    return write();
  }
}

/** 409: somebody inserted it; 412: somebody changed it; 404: somebody removed it. */
function wasOvertaken(error: unknown): boolean {
  return [404, 409, 412].some((status) => hasStatus(error, status));
}

/** A text in a filter (OData: a quote is doubled). */
function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function valuesOf<T>(rows: readonly { readonly value: T }[]): readonly T[] {
  return rows.map(({ value }) => value);
}

function split(text: string): Record<string, string> {
  const count = Math.max(1, Math.ceil(text.length / chunkLength));
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [
      `value${index}`,
      text.slice(index * chunkLength, (index + 1) * chunkLength),
    ]),
  );
}

function parse<T>(
  entity: Readonly<Record<string, unknown>>,
  schema: z.ZodType<T>,
): { readonly value: T } | { readonly problem: string } {
  let text = '';
  for (let index = 0; typeof entity[`value${index}`] === 'string'; index += 1) text += String(entity[`value${index}`]);
  const parsed = schema.safeParse(tryParseJson(text));
  if (parsed.success) return { value: parsed.data };
  const [issue] = parsed.error.issues;
  return { problem: `${issue?.path.map(String).join('.') || 'value'}: ${issue?.message ?? 'unknown shape'}` };
}

function hasStatus(error: unknown, status: number): boolean {
  return error instanceof Error && 'statusCode' in error && error.statusCode === status;
}

function invalidRow({ partitionKey, rowKey, problem }: InvalidRow): Failure {
  return new Failure(
    'row-invalid',
    `The row ${rowKey} of the partition ${partitionKey} in table storage has an unknown shape (${problem}). It is damaged, or a newer version wrote it. Remove it, or deploy that version.`,
  );
}

function unavailable(cause: unknown): Failure {
  if (cause instanceof Failure) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Failure('storage-unavailable', `Table storage did not do it: ${reason}`, { cause });
}
