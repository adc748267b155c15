import { QueueServiceClient } from '@azure/storage-queue';
import { expect, onTestFinished, test } from 'vitest';
import { startStorage } from '../../../local/storage/storage.ts';
import { eventually } from '../../support/eventually.ts';

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
  await eventually(async () => expect(await visible()).toEqual(['long']));
});
