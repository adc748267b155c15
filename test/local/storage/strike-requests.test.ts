import { QueueServiceClient, RestError } from '@azure/storage-queue';
import { TableClient } from '@azure/data-tables';
import { expect, onTestFinished, test } from 'vitest';
import { startStorage } from '../../../local/storage/storage.ts';
import type { StorageFault } from '../../../local/storage/strike-requests.ts';

async function bench() {
  const faults: StorageFault[] = [];
  const storage = await startStorage({ strike: () => faults.shift() });
  onTestFinished(storage.close);
  const queue = QueueServiceClient.fromConnectionString(storage.connectionString).getQueueClient('queue');
  const table = TableClient.fromConnectionString(storage.connectionString, 'table', { allowInsecureConnection: true });
  await queue.create();
  await table.createTable();
  const count = async (): Promise<number> => {
    faults.length = 0;
    return (await queue.getProperties()).approximateMessagesCount ?? 0;
  };
  return { faults, queue, table, count };
}

test.each([
  ['before', 0],
  ['after', 1],
] as const)('a refused request fails once, %s it is processed', async (when, messages) => {
  const { faults, queue, table, count } = await bench();
  faults.push({ kind: 'refused', when });
  await expect(queue.sendMessage('m')).rejects.toMatchObject({ statusCode: 403 });
  faults.push({ kind: 'refused', when });
  await expect(table.createEntity({ partitionKey: 'p', rowKey: 'r' })).rejects.toBeInstanceOf(Error);
  expect(await count()).toBe(messages);
  const rows = [];
  for await (const row of table.listEntities()) rows.push(row);
  expect(rows).toHaveLength(messages);
});

test.each([
  ['drop', 'before', 1],
  ['drop', 'after', 2],
  ['unavailable', 'before', 1],
  ['unavailable', 'after', 2],
] as const)('the client repeats after %s %s', async (kind, when, messages) => {
  const { faults, queue, count } = await bench();
  faults.push({ kind, when });
  await queue.sendMessage('m');
  expect(await count()).toBe(messages);
});

test('a late request is processed', async () => {
  const { faults, queue, count } = await bench();
  faults.push({ kind: 'latency', milliseconds: 50 });
  const startedAt = performance.now();
  await expect(queue.sendMessage('m')).resolves.not.toBeInstanceOf(RestError);
  expect(performance.now() - startedAt).toBeGreaterThan(45);
  expect(await count()).toBe(1);
});
