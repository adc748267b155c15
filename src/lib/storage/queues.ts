import type { QueueClient, QueueServiceClient } from '@azure/storage-queue';
import { Failure } from '../model/failure.ts';
import { removeMessage } from './remove-message.ts';
import type { MessageReceipt } from './remove-message.ts';
import { storageConnection } from './storage-connection.ts';

/** Every queue of the app. */
export const queueNames = {
  /** Everything that the function `work` processes. Event Grid writes into it too. */
  work: 'work',
  /** Messages that the function `work` could not end, moved here by the Functions host. */
  poison: 'work-poison',
  /** Messages that were abandoned after 24 h. No function reads them: a replay does. */
  abandoned: 'abandoned',
} as const;

/** Queues of version 0.1. The clock moves their messages to `work`; the next release removes this list. */
export const formerQueues = ['registry-events', 'devops-events', 'tag-updates', 'reports', 'sync-results'] as const;

export type FormerQueue = (typeof formerQueues)[number];

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

/** A message that its sender can remove until another takes it. */
export interface StoredMessage {
  /**
   * Does nothing if another has taken or removed the message.
   *
   * @throws {Failure} `storage-unavailable`
   */
  readonly remove: () => Promise<void>;
}

/** Puts a message into a queue as `SendMessage` does. */
export type StoreMessage = (queue: string, message: unknown, options?: SendOptions) => Promise<StoredMessage>;

const defaultTimeoutMs = 20_000;
const longestDelaySeconds = 7 * 24 * 60 * 60 - 60;

export function makeSendMessage(service: () => Promise<QueueServiceClient>): SendMessage {
  const store = makeStoreMessage(service);
  return async (queue, message, options) => {
    await store(queue, message, options);
  };
}

export function makeStoreMessage(service: () => Promise<QueueServiceClient>): StoreMessage {
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
      const stored = await sendOrCreate(client, text, options);
      return { remove: () => removeMessage(client, stored) };
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
): Promise<MessageReceipt> {
  try {
    return await client.sendMessage(text, options);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'QueueNotFound')) throw error;
    await client.createIfNotExists(options?.abortSignal === undefined ? {} : { abortSignal: options.abortSignal });
    return client.sendMessage(text, options);
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
    await (await service()).getQueueClient(queueNames.work).exists({ abortSignal: AbortSignal.timeout(3_000) });
    return 'ok';
  } catch {
    return 'unavailable'; // That is the answer.
  }
}

/**
 * The approximate number of messages in each queue, visible or not. `undefined` if storage does not answer within 3 s.
 */
export async function countMessages(
  service: () => Promise<QueueServiceClient>,
): Promise<Readonly<Record<string, number>> | undefined> {
  const names = Object.values(queueNames);
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
