import { QueueServiceClient } from '@azure/storage-queue';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startStorage } from '../../../local/storage/storage.ts';

test('long delays of messages are shortened, short ones stay', async () => {
  const storage = await startStorage();
  onTestFinished(storage.close);
  const queue = QueueServiceClient.fromConnectionString(storage.connectionString).getQueueClient('hastened');
  await queue.create();
  await queue.sendMessage('long', { visibilityTimeout: 1_800 });
  await queue.sendMessage('short', { visibilityTimeout: 20 });
  storage.hastenMessages(0.0001, 30_000);
  const visible = async (): Promise<readonly string[]> =>
    (await queue.peekMessages({ numberOfMessages: 32 })).peekedMessageItems.map(({ messageText }) => messageText);
  await vi.waitFor(async () => expect(await visible()).toEqual(['long']), { timeout: 10_000 });
});
