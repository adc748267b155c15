import type { LokiCollections } from './azurite.ts';

/** A message as Azurite's queue service keeps it (`MessageModel`). */
export interface StoredMessage {
  readonly messageId: string;
  readonly insertionTime: Date | string;
  /** Milliseconds since 1970. */
  timeNextVisible: number;
  readonly dequeueCount: number;
}

/** @param fromMs delays from this on, in milliseconds, are shortened to the `part` */
export type HastenMessages = (part: number, fromMs: number) => void;

/** Where Azurite's queue service keeps the messages of all queues. */
export const messagesCollection = '$MESSAGES_COLLECTION$';

/**
 * Shortens the delays with which messages were stored, so that a test sees in seconds what takes half an hour. Messages
 * that have been received are left alone: what hides them is their worker's lease.
 *
 * @returns shortens, at each call, the delays of the messages that it has not met yet, to `part` of what they were; those
 *   shorter than `fromMs` stay
 */
export function hastener(database: LokiCollections): HastenMessages {
  const known = new Set<string>();
  return (part, fromMs) => {
    const messages = database.getCollection<StoredMessage>(messagesCollection);
    if (messages === null) return;
    for (const message of messages.find()) {
      if (known.has(message.messageId)) continue;
      known.add(message.messageId);
      const insertedAt = new Date(message.insertionTime).getTime();
      const delay = message.timeNextVisible - insertedAt;
      if (message.dequeueCount > 0 || delay <= 0 || delay < fromMs) continue;
      message.timeNextVisible = insertedAt + Math.ceil(delay * part);
      messages.update(message);
    }
  };
}
