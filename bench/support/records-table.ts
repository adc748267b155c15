import { createAzuriteServer } from '../../local/storage/azurite.ts';
import { recordsPartition } from '../../src/lib/deployments/record-rows.ts';
import type { Deployment } from '../../src/lib/model/deployment.ts';
import { toProperties } from '../../src/lib/storage/stored-value.ts';
import { connectTable } from '../../src/lib/storage/table-client.ts';
import type { RowWrite } from '../../src/lib/storage/write-together.ts';
import { rowsOf } from './rows-of.ts';

const account = 'devstoreaccount1';
const key = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

/** A row as the embedded storage keeps it. */
interface Document {
  readonly PartitionKey: string;
  readonly RowKey: string;
  readonly properties: Readonly<Record<string, string | number>>;
  readonly lastModifiedTime: string;
  readonly eTag: string;
}

interface Found {
  filteredrows: number[];
  filterInitialized: boolean;
}

interface Documents {
  readonly data: readonly Document[];
  insert(documents: readonly Document[]): void;
  chain(): Found;
}

interface Queries {
  queryTableEntities(context: unknown, account: string, table: string, options: { readonly filter?: string }): unknown;
}

export interface RecordsTable {
  readonly settings: { readonly AzureWebJobsStorage: string };
  /** Requests so far. */
  readonly requests: () => number;
  readonly rows: number;
  readonly close: () => Promise<void>;
}

/**
 * Table storage in memory with these records. Rows are put into its database: by transactions it takes an hour. Ranges of keys
 * are found by an index, as in Table Storage. The embedded storage itself reads every row of the table for each request.
 */
export async function startRecordsTable(records: readonly Deployment[]): Promise<RecordsTable> {
  const server = createAzuriteServer('table', '127.0.0.1');
  await server.start();
  const endpoint = `${server.getHttpServerAddress()}/${account}`;
  const settings = {
    AzureWebJobsStorage: `DefaultEndpointsProtocol=http;AccountName=${account};AccountKey=${key};TableEndpoint=${endpoint};`,
  };
  const client = await connectTable(settings, {});
  await client.createTable();
  const table = server.metadataStore.db.getCollection(`${account}$tagrelay`) as unknown as Documents;
  const rows = rowsOf(records).toSorted((a, b) => (a.rowKey < b.rowKey ? -1 : 1));
  table.insert(rows.map(documentOf));
  useIndex(server.metadataStore as unknown as Queries, table);
  let requests = 0;
  server.httpServer.prependListener('request', () => (requests += 1));
  return { settings, requests: () => requests, rows: rows.length, close: () => server.close() };
}

function documentOf({ rowKey, value = {}, columns }: RowWrite, index: number): Document {
  const lastModifiedTime = new Date(Date.UTC(2026, 10, 20)).toISOString();
  const properties = { ...toProperties(value, columns), Timestamp: lastModifiedTime };
  const eTag = `W/"datetime'${encodeURIComponent(lastModifiedTime)}-${index}'"`;
  return { PartitionKey: recordsPartition, RowKey: rowKey, properties, lastModifiedTime, eTag };
}

/** Narrows each query to the rows from its lowest to its highest key, while no row is added or removed. */
function useIndex(queries: Queries, table: Documents): void {
  const all = table.data.length;
  const [query, chain] = [queries.queryTableEntities.bind(queries), table.chain.bind(table)];
  let filter = '';
  queries.queryTableEntities = (context, accountName, name, options, ...more: []) => {
    filter = options.filter ?? '';
    return query(context, accountName, name, options, ...more);
  };
  table.chain = () => {
    const found = chain();
    const [, lowest] = /RowKey g[te] '([^']*)'/.exec(filter) ?? [];
    const [, highest] = /RowKey lt '([^']*)'/.exec(filter) ?? [];
    filter = '';
    if (lowest === undefined || highest === undefined || table.data.length !== all) return found;
    const [from, to] = [positionOf(table.data, lowest), positionOf(table.data, highest)];
    found.filteredrows = Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index);
    found.filterInitialized = true;
    return found;
  };
}

/** The position of the first row whose key is not less. */
function positionOf(rows: readonly Document[], rowKey: string): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((rows[middle]?.RowKey ?? '') < rowKey) low = middle + 1;
    else high = middle;
  }
  return low;
}
