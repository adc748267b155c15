import { expect, onTestFinished, test } from 'vitest';
import { createAzuriteServer } from '../../../local/storage/azurite.ts';
import type { LokiCollection, MessageStore } from '../../../local/storage/azurite.ts';
import { messagesCollection } from '../../../local/storage/hasten.ts';
import {
  bodiesCollection,
  quickenMessages,
  quickenRemovalOfBodies,
  quickenTables,
} from '../../../local/storage/quicken.ts';

type Documents = LokiCollection<unknown> & {
  dirty: boolean;
  insert(document: object): object;
  ensureIndex: (property: string, force?: boolean) => void;
};

async function startQueues() {
  const server = createAzuriteServer('queue', '127.0.0.1');
  await server.start();
  onTestFinished(() => server.close());
  return server;
}

/** How often each index of a collection is built again. */
function countBuilds(documents: Documents): () => number {
  let builds = 0;
  const ensureIndex = documents.ensureIndex.bind(documents);
  documents.ensureIndex = (...args) => {
    builds += 1;
    ensureIndex(...args);
  };
  return () => builds;
}

test('to remove no message changes nothing, and a message that is removed is gone', async () => {
  const store = (await startQueues()).metadataStore as MessageStore;
  quickenMessages(store);
  const messages = store.db.getCollection(messagesCollection) as Documents;
  const [first, second] = [messages.insert({ messageId: 'a' }), messages.insert({ messageId: 'b' })];
  messages.dirty = false;
  messages.remove([]);
  expect(messages.dirty).toBe(false);
  messages.remove([first]);
  messages.remove(second);
  expect(messages.find()).toEqual([]);
});

test('a message is found by its id and by all else that the query names', async () => {
  const store = (await startQueues()).metadataStore as MessageStore;
  quickenMessages(store);
  const messages = store.db.getCollection(messagesCollection) as Documents;
  for (const queueName of ['work', 'work-poison']) {
    for (const messageId of ['a', 'b']) messages.insert({ accountName: 'one', queueName, messageId });
  }
  const query = { accountName: 'one', queueName: 'work-poison', messageId: 'b' };
  expect(messages.findOne(query)).toMatchObject(query);
  expect(messages.findOne({ ...query, queueName: 'other' })).toBeNull();
  expect(messages.findOne({ accountName: 'one', queueName: 'work' })).toMatchObject({ queueName: 'work' });
});

test('expired messages of each queue are cleared once a second', async () => {
  const store = (await startQueues()).metadataStore as MessageStore;
  const cleared: unknown[] = [];
  store.clearExpiredMessages = (...which) => Promise.resolve(void cleared.push(which));
  let now = 10_000;
  quickenMessages(store, () => now);
  for (const at of [10_000, 10_999, 11_000]) {
    now = at;
    await store.clearExpiredMessages('one', 'work');
    await store.clearExpiredMessages('one', 'other', 'context');
  }
  expect(cleared).toEqual([
    ['one', 'work'],
    ['one', 'other', 'context'],
    ['one', 'work'],
    ['one', 'other', 'context'],
  ]);
});

test('a row is found by its row key, in its partition only, in tables that are made later too', async () => {
  const server = createAzuriteServer('table', '127.0.0.1');
  await server.start();
  onTestFinished(() => server.close());
  const db = server.metadataStore.db as typeof server.metadataStore.db & {
    addCollection(name: string, options: object): Documents;
  };
  quickenTables(db);
  db.addCollection('one$rows', { indices: ['PartitionKey', 'RowKey'] });
  const rows = db.getCollection('one$rows') as Documents;
  for (const PartitionKey of ['a', 'b']) for (const RowKey of ['1', '2']) rows.insert({ PartitionKey, RowKey });
  expect(db.getCollection('one$rows')?.findOne({ PartitionKey: 'b', RowKey: '2' })).toMatchObject({ RowKey: '2' });
  expect(rows.findOne({ PartitionKey: 'c', RowKey: '2' })).toBeNull();
  expect(rows.findOne({ PartitionKey: 'a', RowKey: '1' })).toMatchObject({ PartitionKey: 'a', RowKey: '1' });
});

test('the removal of bodies builds no index again, and the other bodies are still found', async () => {
  const { extentMetadataStore } = await startQueues();
  if (extentMetadataStore === undefined) throw new Error('The queue service of Azurite lists no bodies.');
  const bodies = extentMetadataStore.db.getCollection(bodiesCollection) as Documents;
  for (let index = 0; index < 100; index += 1) bodies.insert({ id: `body ${index}` });
  const builds = countBuilds(bodies);
  quickenRemovalOfBodies(extentMetadataStore.db);
  for (let index = 0; index < 100; index += 2) bodies.findAndRemove({ id: `body ${index}` });
  expect(builds()).toBe(0);
  expect(bodies.find()).toHaveLength(50);
  expect(bodies.findOne({ id: 'body 0' })).toBeNull();
  expect(bodies.findOne({ id: 'body 99' })).toMatchObject({ id: 'body 99' });
});
