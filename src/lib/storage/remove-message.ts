import type { QueueClient } from '@azure/storage-queue';
import { Failure } from '../model/failure.ts';

/** Identifies a message, and the last time that it was stored or taken. */
export interface MessageReceipt {
  readonly messageId: string;
  readonly popReceipt: string;
}

const timeoutMs = 20_000;

/**
 * Removes a message. One that is gone, or that another has taken since, is not removed: then it is that one's.
 *
 * @throws {Failure} `storage-unavailable`
 */
export async function removeMessage(queue: QueueClient, { messageId, popReceipt }: MessageReceipt): Promise<void> {
  const remove = (): Promise<unknown> =>
    queue.deleteMessage(messageId, popReceipt, { abortSignal: AbortSignal.timeout(timeoutMs) });
  await tryQueue(queue.name)(remove, takenByAnother);
}

export const takenByAnother = ['MessageNotFound', 'PopReceiptMismatch'] as const;

/** Asks a queue. An answer with an expected error code is `undefined`. */
export function tryQueue(name: string) {
  return async <T>(ask: () => Promise<T>, expected: readonly string[]): Promise<T | undefined> => {
    try {
      return await ask();
    } catch (cause) {
      const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
      if (expected.includes(code)) return undefined;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new Failure('storage-unavailable', `The queue ${name} did not answer: ${reason}`, { cause });
    }
  };
}
