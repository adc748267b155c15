import type { LokiCollections } from './azurite.ts';

/** A message as Azurite's queue service keeps it (`MessageModel`). */
export interface StoredMessage {
  readonly messageId: string;
  readonly insertionTime: Date | string;
  /** Milliseconds since 1970. */
  timeNextVisible: number;
  readonly dequeueCount: number;
}

/** Where Azurite's queue service keeps the messages of all queues. */
export const messagesCollection = '$MESSAGES_COLLECTION$';

/**
 * Shortens the delays with which messages were stored, so that a test sees in seconds what takes half an hour. Messages
 * that have been received are left alone: what hides them is their worker's lease.
 *
 * @returns shortens, at each call, the delays of the messages that it has not met yet, to `part` of what they were
 */
export function hastener(database: LokiCollections): (part: number) => void {
  const known = new Set<string>();
  return (part) => {
    const messages = database.getCollection<StoredMessage>(messagesCollection);
    if (messages === null) return;
    for (const message of messages.find()) {
      if (known.has(message.messageId)) continue;
      known.add(message.messageId);
      const insertedAt = new Date(message.insertionTime).getTime();
      const delay = message.timeNextVisible - insertedAt;
      if (message.dequeueCount > 0 || delay <= 0) continue;
      message.timeNextVisible = insertedAt + Math.ceil(delay * part);
      messages.update(message);
    }
  };
}
