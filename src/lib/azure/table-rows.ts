import type { TableClient } from '@azure/data-tables';
import type { z } from 'zod';
import { Failure } from '../failure.ts';
import { storageConnection } from './storage-connection.ts';

/** Values as JSON in the rows of one table, written by ETag. Every method throws `storage-unavailable`. */
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
   * Writes what the function makes of the value that is there; asks it again where another writer was faster.
   * `undefined` leaves the row as it is, `'cleared'` removes it. `before` is awaited before each try to write.
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

const tableName = 'tagrelay';
const maxTries = 10;
/** A text property holds 32 Ki characters: longer values are spread over several. */
const chunkLength = 30_000;

/** The table of the setting `AzureWebJobsStorage`, by connection string or with the app's identity. */
export function makeTableRows(settings: Readonly<Record<string, string | undefined>>): TableRows {
  let client: Promise<TableClient> | undefined;
  const table = (): Promise<TableClient> => (client ??= connect(settings));

  async function find<T>(
    partitionKey: string,
    rowKey: string,
    schema: z.ZodType<T>,
  ): Promise<{ value: T; etag: string } | undefined> {
    try {
      const entity = await (await table()).getEntity(partitionKey, rowKey);
      return { value: parse(entity, schema), etag: entity.etag };
    } catch (error) {
      if (hasStatus(error, 404)) return undefined;
      throw unavailable(error);
    }
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
        for (const entity of page) found.push({ rowKey: entity.rowKey ?? '', value: parse(entity, schema) });
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

    async put(partitionKey, rowKey, value) {
      try {
        const entity = { partitionKey, rowKey, ...split(JSON.stringify(value)) };
        const client = await table();
        await orCreateTable(client, () => client.upsertEntity(entity, 'Replace'));
      } catch (error) {
        throw unavailable(error);
      }
    },

    async change(partitionKey, rowKey, schema, change, before) {
      for (let tries = 1; ; tries += 1) {
        const current = await find(partitionKey, rowKey, schema);
        const next = change(current?.value);
        if (next === undefined) return;
        await before?.(next, current?.value);
        try {
          const client = await table();
          if (next === 'cleared') {
            if (current) await client.deleteEntity(partitionKey, rowKey, { etag: current.etag });
          } else {
            const entity = { partitionKey, rowKey, ...split(JSON.stringify(next)) };
            if (current) await client.updateEntity(entity, 'Replace', { etag: current.etag });
            else await orCreateTable(client, () => client.createEntity(entity));
          }
          return;
        } catch (error) {
          // 409: somebody inserted it; 412: somebody changed it; 404: somebody removed it.
          const wasOvertaken = [404, 409, 412].some((status) => hasStatus(error, status));
          if (!wasOvertaken || tries === maxTries) throw unavailable(error);
        }
      }
    },

    async remove(partitionKey, rowKey) {
      try {
        await (await table()).deleteEntity(partitionKey, rowKey);
      } catch (error) {
        if (!hasStatus(error, 404)) throw unavailable(error);
      }
    },
  };
}

async function connect(settings: Readonly<Record<string, string | undefined>>): Promise<TableClient> {
  const { TableClient: Client } = await import('./sdk/storage.ts');
  const connection = await storageConnection(settings, 'table');
  const retryOptions = { maxRetries: 3, retryDelayInMs: 200, maxRetryDelayInMs: 1_000 };
  return 'connectionString' in connection
    ? Client.fromConnectionString(connection.connectionString, tableName, {
        retryOptions,
        allowInsecureConnection: isLocal(connection.connectionString),
      })
    : new Client(connection.url, tableName, connection.credential, { retryOptions });
}

/** Storage on this machine has no certificate. */
function isLocal(connectionString: string): boolean {
  return /TableEndpoint=http:\/\/(?:127\.0\.0\.1|localhost)[:/]|UseDevelopmentStorage=true/i.test(connectionString);
}

/** Storage makes no table by itself. */
async function orCreateTable(client: TableClient, write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (!hasStatus(error, 404)) throw error;
    await client.createTable();
    await write();
  }
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

function parse<T>(entity: Readonly<Record<string, unknown>>, schema: z.ZodType<T>): T {
  let text = '';
  for (let index = 0; typeof entity[`value${index}`] === 'string'; index += 1) text += String(entity[`value${index}`]);
  return schema.parse(JSON.parse(text));
}

function hasStatus(error: unknown, status: number): boolean {
  return error instanceof Error && 'statusCode' in error && error.statusCode === status;
}

function unavailable(cause: unknown): Failure {
  if (cause instanceof Failure) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Failure('storage-unavailable', `Table storage did not do it: ${reason}`, { cause });
}
