import type { LokiCollections } from './azurite.ts';
import { messagesCollection } from './hasten.ts';

/** Where Azurite lists the bodies of messages and blobs. */
export const bodiesCollection = '$EXTENTS_COLLECTION$';

/**
 * Azurite clears expired messages whenever a message is received, renewed or deleted, and LokiJS builds every index of all
 * messages again even where there is nothing to clear: with a thousand messages that was a quarter of the storage's time.
 *
 * LokiJS uses the index of the first property of a query only. Azurite's is the account, which all messages share: this puts
 * the id of the message first.
 */
export function quickenMessages(database: LokiCollections): void {
  const messages = database.getCollection(messagesCollection);
  if (messages === null) return;
  const remove = messages.remove.bind(messages);
  messages.remove = (documents) => {
    if (!Array.isArray(documents) || documents.length > 0) remove(documents);
  };
  const findOne = messages.findOne.bind(messages);
  messages.findOne = (query) => {
    const { messageId } = query;
    return findOne(messageId === undefined ? query : { messageId, ...query });
  };
}

/**
 * Each minute Azurite removes the bodies of deleted messages, and LokiJS builds the index of all bodies again for each of
 * them: with some thousand bodies that was half of the storage's time. The removal of a document by itself keeps the index.
 */
export function quickenRemovalOfBodies(database: LokiCollections): void {
  const bodies = database.getCollection(bodiesCollection);
  if (bodies === null) return;
  bodies.findAndRemove = (query) => {
    for (const body of bodies.find(query)) bodies.remove(body);
  };
}
