import { expect, onTestFinished, test } from 'vitest';
import { createAzuriteServer } from '../../../local/storage/azurite.ts';
import { messagesCollection } from '../../../local/storage/hasten.ts';
import { spareEmptyRemovals } from '../../../local/storage/spare-removals.ts';

interface Messages {
  dirty: boolean;
  insert(document: object): { $loki: number };
  remove(documents: object): void;
  find(): object[];
}

test('to remove no message changes nothing, and a message that is removed is gone', async () => {
  const server = createAzuriteServer('queue', '127.0.0.1');
  await server.start();
  onTestFinished(() => server.close());
  const { db } = server.metadataStore;
  spareEmptyRemovals(db);
  const messages = db.getCollection(messagesCollection) as unknown as Messages;
  const [first, second] = [messages.insert({ messageId: 'a' }), messages.insert({ messageId: 'b' })];
  messages.dirty = false;
  messages.remove([]);
  expect(messages.dirty).toBe(false);
  messages.remove([first]);
  messages.remove(second);
  expect(messages.find()).toEqual([]);
});
