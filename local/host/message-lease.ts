import type { DequeuedMessageItem, QueueClient } from '@azure/storage-queue';
import { hasStorageCode } from './storage-queues.ts';

/** Keeps a message hidden while it is worked on. */
export interface MessageLease {
  /** Ends the renewal, waiting for one that is on its way. Returns the pop receipt that is valid now. */
  end(): Promise<string>;
}

/**
 * Renews the invisibility of a message for `leaseSeconds` each time half of it is over. A renewal that fails is tried again
 * after a quarter, unless the message is gone or someone else's; `failed` hears of every failure.
 */
export function leaseMessage(
  queue: QueueClient,
  message: DequeuedMessageItem,
  leaseSeconds: number,
  failed: (error: unknown) => void,
): MessageLease {
  let popReceipt = message.popReceipt;
  let timer: NodeJS.Timeout | undefined;
  let renewal: Promise<void> = Promise.resolve();
  let ended = false;
  const schedule = (seconds: number): void => {
    if (ended) return;
    timer = setTimeout(() => {
      renewal = renew();
    }, seconds * 1000);
  };
  const renew = async (): Promise<void> => {
    try {
      const updated = await queue.updateMessage(message.messageId, popReceipt, undefined, leaseSeconds);
      popReceipt = updated.popReceipt ?? popReceipt;
      schedule(leaseSeconds / 2);
    } catch (error) {
      failed(error);
      if (!hasStorageCode(error, 'MessageNotFound', 'PopReceiptMismatch', 'QueueNotFound')) schedule(leaseSeconds / 4);
    }
  };
  schedule(leaseSeconds / 2);
  return {
    end: async () => {
      ended = true;
      clearTimeout(timer);
      await renewal;
      return popReceipt;
    },
  };
}
