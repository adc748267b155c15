import type { LokiCollections } from './azurite.ts';
import { messagesCollection } from './hasten.ts';

/**
 * Azurite clears expired messages whenever a message is received, renewed or deleted, and LokiJS builds every index of all
 * messages again even where there is nothing to clear: with a thousand messages that was a quarter of the storage's time.
 */
export function spareEmptyRemovals(database: LokiCollections): void {
  const messages = database.getCollection(messagesCollection);
  if (messages === null) return;
  const remove = messages.remove.bind(messages);
  messages.remove = (documents) => {
    if (!Array.isArray(documents) || documents.length > 0) remove(documents);
  };
}
