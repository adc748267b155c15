import { QueueServiceClient } from '@azure/storage-queue';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startStorage } from '../../../local/storage/storage.ts';
import { makeQueueService, makeStoreMessage, queueNames } from '../../../src/lib/storage/queues.ts';
import type { StoreMessage } from '../../../src/lib/storage/queues.ts';

let storage: Awaited<ReturnType<typeof startStorage>>;
let store: StoreMessage;
let isRefused = false;
beforeAll(async () => {
  storage = await startStorage({
    strike: ({ method }) => (isRefused && method === 'DELETE' ? { kind: 'refused', when: 'before' } : undefined),
  });
  store = makeStoreMessage(makeQueueService({ AzureWebJobsStorage: storage.connectionString }));
});
beforeEach(async () => {
  isRefused = false;
  if (await queue().exists()) await queue().clearMessages();
});
afterAll(() => storage.close());

const queue = () => QueueServiceClient.fromConnectionString(storage.connectionString).getQueueClient(queueNames.work);
const count = async () => (await queue().getProperties()).approximateMessagesCount;

test('a stored message can be removed; a second time changes nothing', async () => {
  const stored = await store(queueNames.work, { v: 1 }, { delaySeconds: 60 });
  expect(await count()).toBe(1);
  await stored.remove();
  await stored.remove();
  expect(await count()).toBe(0);
});

test('a message that another has taken is left to it', async () => {
  const stored = await store(queueNames.work, { v: 1 });
  const { receivedMessageItems } = await queue().receiveMessages();
  await stored.remove();
  expect(await count()).toBe(1);
  for (const { messageId, popReceipt } of receivedMessageItems) await queue().deleteMessage(messageId, popReceipt);
});

test('storage that refuses to remove a message is a failure', async () => {
  const stored = await store(queueNames.work, { v: 1 });
  isRefused = true;
  await expect(stored.remove()).rejects.toMatchObject({ code: 'storage-unavailable' });
});
