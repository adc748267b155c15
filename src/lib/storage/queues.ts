import type { QueueClient, QueueServiceClient } from '@azure/storage-queue';
import { Failure } from '../model/failure.ts';
import { storageConnection } from './storage-connection.ts';

/** Every queue of the app. */
export const queueNames = {
  registryEvents: 'registry-events',
  devOpsEvents: 'devops-events',
  tagUpdates: 'tag-updates',
  /** Records that have changed, for what follows: settling, reports, gates. */
  reports: 'reports',
  /** Sync results of Argo CD. */
  syncResults: 'sync-results',
  /** Messages that were given up after 24 h, kept for a person. */
  abandoned: 'abandoned',
} as const;

/** A queue that a function works on. */
export type WorkQueue = Exclude<(typeof queueNames)[keyof typeof queueNames], 'abandoned'>;

/** Every queue that a function works on; each has a poison queue. */
export const workQueues: readonly WorkQueue[] = Object.values(queueNames).filter((name) => name !== 'abandoned');

export interface SendOptions {
  /** How long the message stays invisible, in seconds. */
  readonly delaySeconds?: number;
  /** Time limit in milliseconds. */
  readonly timeoutMs?: number;
}

/**
 * Puts a message into a queue that `queueNames` lists; it never expires.
 *
 * @throws {Failure} `storage-unavailable` where the message is not known to be stored
 */
export type SendMessage = (queue: string, message: unknown, options?: SendOptions) => Promise<void>;

const defaultTimeoutMs = 20_000;
const longestDelaySeconds = 7 * 24 * 60 * 60 - 60;

export function makeSendMessage(service: () => Promise<QueueServiceClient>): SendMessage {
  return async (queue, message, { delaySeconds, timeoutMs = defaultTimeoutMs } = {}) => {
    // The queue trigger expects base64, and messages without a time to live are gone after 7 days.
    const text = Buffer.from(JSON.stringify(message)).toString('base64');
    const options = {
      messageTimeToLive: -1,
      abortSignal: AbortSignal.timeout(timeoutMs),
      ...(delaySeconds === undefined
        ? {}
        : { visibilityTimeout: Math.min(Math.ceil(delaySeconds), longestDelaySeconds) }),
    };
    try {
      const client = (await service()).getQueueClient(queue);
      await sendOrCreate(client, text, options);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new Failure('storage-unavailable', `The message was not stored in the queue ${queue}: ${reason}`, {
        cause,
      });
    }
  };
}

async function sendOrCreate(
  client: QueueClient,
  text: string,
  options: Parameters<QueueClient['sendMessage']>[1],
): Promise<void> {
  try {
    await client.sendMessage(text, options);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'QueueNotFound')) throw error;
    await client.createIfNotExists(options?.abortSignal === undefined ? {} : { abortSignal: options.abortSignal });
    await client.sendMessage(text, options);
  }
}

/**
 * The queue service of the setting `AzureWebJobsStorage`: a connection string, or `AzureWebJobsStorage__queueServiceUri`
 * (or `__accountName`) with the app's identity. Built on first use.
 */
export function makeQueueService(
  settings: Readonly<Record<string, string | undefined>>,
): () => Promise<QueueServiceClient> {
  let service: Promise<QueueServiceClient> | undefined;
  return () => (service ??= connect(settings));
}

async function connect(settings: Readonly<Record<string, string | undefined>>): Promise<QueueServiceClient> {
  const { QueueServiceClient: Client } = await import('./sdk/storage.ts');
  const retryOptions = { maxTries: 3, tryTimeoutInMs: 2_000, retryDelayInMs: 200, maxRetryDelayInMs: 1_000 };
  const connection = await storageConnection(settings, 'queue');
  return 'connectionString' in connection
    ? Client.fromConnectionString(connection.connectionString, { retryOptions })
    : new Client(connection.url, connection.credential, { retryOptions });
}

/** Whether the queue service answers within 3 s. */
export async function storageAnswers(service: () => Promise<QueueServiceClient>): Promise<'ok' | 'unavailable'> {
  try {
    await (
      await service()
    )
      .getQueueClient(queueNames.registryEvents)
      .exists({ abortSignal: AbortSignal.timeout(3_000) });
    return 'ok';
  } catch {
    return 'unavailable'; // That is the answer.
  }
}

/**
 * How many messages are in each queue, about, whether they can be seen or not: what waits, what lies in poison queues, and
 * what was given up. `undefined` where storage does not answer within 3 s.
 */
export async function countMessages(
  service: () => Promise<QueueServiceClient>,
): Promise<Readonly<Record<string, number>> | undefined> {
  const names = [...workQueues, ...workQueues.map((name) => `${name}-poison`), queueNames.abandoned];
  const abortSignal = AbortSignal.timeout(3_000);
  try {
    const client = await service();
    const counts = await Promise.all(
      names.map(async (name) => [name, await countIn(client.getQueueClient(name), abortSignal)] as const),
    );
    return Object.fromEntries(counts);
  } catch {
    return undefined; // That is the answer.
  }
}

async function countIn(queue: QueueClient, abortSignal: AbortSignal): Promise<number> {
  try {
    return (await queue.getProperties({ abortSignal })).approximateMessagesCount ?? 0;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'QueueNotFound') return 0;
    throw error;
  }
}
