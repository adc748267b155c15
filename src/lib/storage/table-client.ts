import type { TableClient, TableServiceClientOptions } from '@azure/data-tables';
import type { SharedClock } from './shared-clock.ts';
import { storageConnection } from './storage-connection.ts';
import { hasStatus } from './table-errors.ts';

const tableName = 'tagrelay';
/** Storage answers in some tens of milliseconds; a connection that is dead must not hold a worker. */
const defaultRequestTimeoutMs = 10_000;

export interface TableOptions {
  /** Time limit of each try of a request, in milliseconds. */
  readonly requestTimeoutMs?: number;
  /** Notes the time of each answer. */
  readonly clock?: Pick<SharedClock, 'own' | 'note'>;
}

/** The table of the setting `AzureWebJobsStorage`. */
export async function connectTable(
  settings: Readonly<Record<string, string | undefined>>,
  { requestTimeoutMs = defaultRequestTimeoutMs, clock }: TableOptions = {},
): Promise<TableClient> {
  const { TableClient: Client } = await import('./sdk/storage.ts');
  const connection = await storageConnection(settings, 'table');
  const retryOptions = { maxRetries: 3, retryDelayInMs: 200, maxRetryDelayInMs: 1_000 };
  const options: TableServiceClientOptions = {
    retryOptions,
    additionalPolicies: [
      {
        position: 'perRetry',
        policy: {
          name: 'timeLimitAndClock',
          async sendRequest(request, next) {
            request.timeout = requestTimeoutMs;
            const sentAt = clock?.own();
            const answer = await next(request);
            const { status, headers } = answer;
            if (sentAt) clock?.note({ date: headers.get('date'), status, sentAt });
            return answer;
          },
        },
      },
    ],
  };
  return 'connectionString' in connection
    ? Client.fromConnectionString(connection.connectionString, tableName, {
        ...options,
        allowInsecureConnection: isLocal(connection.connectionString),
      })
    : new Client(connection.url, tableName, connection.credential, options);
}

/** Storage on this machine has no certificate. */
function isLocal(connectionString: string): boolean {
  return /TableEndpoint=http:\/\/(?:127\.0\.0\.1|localhost)[:/]|UseDevelopmentStorage=true/i.test(connectionString);
}

/** Storage makes no table by itself. @param onCreated awaited before the write to a new table */
export async function orCreateTable<T>(
  client: TableClient,
  write: () => Promise<T>,
  onCreated?: (client: TableClient) => Promise<void>,
): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!hasStatus(error, 404)) throw error;
    let isNew = false;
    await client.createTable({ onResponse: ({ status }) => (isNew = status === 201) });
    if (isNew) await onCreated?.(client);
    return write();
  }
}
