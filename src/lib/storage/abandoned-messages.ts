import type { QueueServiceClient } from '@azure/storage-queue';
import { Failure } from '../model/failure.ts';
import { queueNames } from './queues.ts';

/** A message of the queue `abandoned`, hidden from others while it is held. */
export interface HeldMessage {
  readonly message: unknown;
  readonly remove: () => Promise<void>;
  /** Makes it visible again. A message that is neither removed nor released becomes visible after a few minutes. */
  readonly release: () => Promise<void>;
}

/**
 * Takes up to 32 messages; none means that none can be seen.
 *
 * @throws {Failure} `storage-unavailable`, as do `remove` and `release`
 */
export type HoldAbandoned = () => Promise<readonly HeldMessage[]>;

const holdSeconds = 180;
const timeoutMs = 20_000;

export function makeHoldAbandoned(service: () => Promise<QueueServiceClient>): HoldAbandoned {
  return async () => {
    const queue = (await service()).getQueueClient(queueNames.abandoned);
    const received = await tryStorage(
      () =>
        queue.receiveMessages({
          numberOfMessages: 32,
          visibilityTimeout: holdSeconds,
          abortSignal: AbortSignal.timeout(timeoutMs),
        }),
      ['QueueNotFound'],
    );
    return (received?.receivedMessageItems ?? []).map(({ messageId, popReceipt, messageText }) => ({
      message: decode(messageText),
      // Gone, or held by another: then it is that one's.
      remove: async () => {
        await tryStorage(() => queue.deleteMessage(messageId, popReceipt), ['MessageNotFound', 'PopReceiptMismatch']);
      },
      release: async () => {
        await tryStorage(
          () => queue.updateMessage(messageId, popReceipt, undefined, 0),
          ['MessageNotFound', 'PopReceiptMismatch'],
        );
      },
    }));
  };
}

async function tryStorage<T>(ask: () => Promise<T>, expected: readonly string[]): Promise<T | undefined> {
  try {
    return await ask();
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    if (expected.includes(code)) return undefined;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Failure('storage-unavailable', `The queue ${queueNames.abandoned} did not answer: ${reason}`, { cause });
  }
}

/** A message that is not JSON stays text, for the person who reads it. */
function decode(messageText: string): unknown {
  const text = Buffer.from(messageText, 'base64').toString('utf8');
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
