import type { QueueServiceClient } from '@azure/storage-queue';
import { removeMessage, takenByAnother, tryQueue } from './remove-message.ts';

/** A message of a queue, hidden from others while it is held. */
export interface HeldMessage {
  /** The stored text: base64 of JSON if the app sent it. */
  readonly text: string;
  readonly remove: () => Promise<void>;
  /** Makes it visible again. A message that is neither removed nor released becomes visible after a few minutes. */
  readonly release: () => Promise<void>;
}

/**
 * Takes up to 32 messages; none means that none can be seen.
 *
 * @throws {Failure} `storage-unavailable`, as do `remove` and `release`
 */
export type HoldMessages = (queue: string) => Promise<readonly HeldMessage[]>;

const holdSeconds = 180;
const timeoutMs = 20_000;

export function makeHoldMessages(service: () => Promise<QueueServiceClient>): HoldMessages {
  return async (name) => {
    const queue = (await service()).getQueueClient(name);
    const tryStorage = tryQueue(name);
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
      text: messageText,
      remove: () => removeMessage(queue, { messageId, popReceipt }),
      release: async () => {
        await tryStorage(() => queue.updateMessage(messageId, popReceipt, undefined, 0), takenByAnother);
      },
    }));
  };
}
