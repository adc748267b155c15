import type { LokiCollection, LokiCollections, MessageStore } from './azurite.ts';
import { messagesCollection } from './hasten.ts';

/*
 * Lookups of Azurite read whole collections, so the time of a call grows with all that is stored. The changes here keep its
 * answers.
 */

/** Where Azurite lists the bodies of messages and blobs. */
export const bodiesCollection = '$EXTENTS_COLLECTION$';

/** The expired messages of a queue are cleared at most this often, in milliseconds. */
const clearEveryMs = 1_000;

/**
 * Azurite reads all messages to clear expired ones whenever a message is received, renewed or deleted, and LokiJS builds every
 * index again even where there is nothing to clear. With a thousand messages that was a quarter of the storage's time.
 */
export function quickenMessages(store: MessageStore, now: () => number = Date.now): void {
  const clear = store.clearExpiredMessages.bind(store);
  const clearedAt = new Map<string, number>();
  store.clearExpiredMessages = async (account, queue, ...context) => {
    const key = `${account}/${queue}`;
    if (now() - (clearedAt.get(key) ?? 0) < clearEveryMs) return;
    clearedAt.set(key, now());
    await clear(account, queue, ...context);
  };
  const messages = store.db.getCollection(messagesCollection);
  if (messages === null) return;
  const remove = messages.remove.bind(messages);
  messages.remove = (documents) => {
    if (!Array.isArray(documents) || documents.length > 0) remove(documents);
  };
  findOneBy('messageId', messages);
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

/** A row is found by its row key first: a partition may have most rows of a table. */
export function quickenTables(database: LokiCollections): void {
  const known = new WeakSet<object>();
  const getCollection = database.getCollection.bind(database);
  database.getCollection = <T>(name: string) => {
    const rows = getCollection<T>(name);
    if (rows !== null && !known.has(rows)) {
      known.add(rows);
      findOneBy('RowKey', rows);
    }
    return rows;
  };
}

/** LokiJS uses an index for the first property of a query only: a search by the property begins with it. */
function findOneBy<T>(property: string, collection: LokiCollection<T>): void {
  const findOne = collection.findOne.bind(collection);
  collection.findOne = (query) => findOne(property in query ? { [property]: query[property], ...query } : query);
}
