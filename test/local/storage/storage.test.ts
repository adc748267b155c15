import { QueueServiceClient } from '@azure/storage-queue';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startStorage, type Storage } from '../../../local/storage/storage.ts';
import { until } from '../support/fixture.ts';
import { signedFetch } from '../support/signed-fetch.ts';

let directory: string;
const children: ChildProcess[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tagrelay-storage-'));
});

afterEach(async () => {
  for (const child of children.splice(0)) await kill(child);
  await rm(directory, { recursive: true, force: true });
});

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** Storage on the folder in a process of its own. */
async function spawnStorage(): Promise<{ child: ChildProcess; connectionString: string }> {
  const script = join(import.meta.dirname, '../support', 'storage-process.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', script, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { child, connectionString: line };
}

async function withStorage<T>(use: (storage: Storage) => Promise<T>): Promise<T> {
  const storage = await startStorage({ directory });
  try {
    return await use(storage);
  } finally {
    await storage.close();
  }
}

const queues = ({ connectionString }: { connectionString: string }): QueueServiceClient =>
  QueueServiceClient.fromConnectionString(connectionString);

/** A client that tries once. */
const impatient = ({ connectionString }: { connectionString: string }): QueueServiceClient =>
  QueueServiceClient.fromConnectionString(connectionString, { retryOptions: { maxTries: 1 } });

describe('storage in memory', () => {
  it('serves queues, tables and blobs, keeps nothing, and leaves no file behind', async () => {
    const before = await readdir(process.cwd());
    const storage = await startStorage();
    const queue = queues(storage).getQueueClient('memory');
    await queue.create();
    await queue.sendMessage('text');
    expect((await queue.receiveMessages()).receivedMessageItems.map(({ messageText }) => messageText)).toEqual([
      'text',
    ]);
    const table = {
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: '{"TableName":"records"}',
    };
    expect((await signedFetch(storage.connectionString, 'Table', 'POST', 'Tables', table)).status).toBe(201);
    await storage.close();
    await storage.close();
    const again = await startStorage();
    expect(await queues(again).getQueueClient('memory').exists()).toBe(false);
    await again.close();
    expect(await readdir(process.cwd())).toEqual(before);
  });
});

it('does not start where AZURITE_ACCOUNTS would replace its account', async () => {
  process.env['AZURITE_ACCOUNTS'] = 'other:a2V5';
  try {
    await expect(startStorage()).rejects.toThrow('AZURITE_ACCOUNTS');
  } finally {
    delete process.env['AZURITE_ACCOUNTS'];
  }
});

describe('storage on disk', () => {
  it('has a message, its dequeue count and the absence of a deleted one after a SIGKILL right after the answers', async () => {
    const { child, connectionString } = await spawnStorage();
    const queue = queues({ connectionString }).getQueueClient('durable');
    await queue.create();
    await queue.sendMessage('stays', { messageTimeToLive: -1 });
    const gone = await queue.sendMessage('goes');
    await queue.deleteMessage(gone.messageId, gone.popReceipt);
    await queue.receiveMessages({ visibilityTimeout: 1 });
    await kill(child);

    await withStorage(async (storage) => {
      const after = queues(storage).getQueueClient('durable');
      const [message, ...others] = await until(async () => {
        const { receivedMessageItems } = await after.receiveMessages();
        return receivedMessageItems.length > 0 && receivedMessageItems;
      });
      expect([message?.messageText, message?.dequeueCount, others.length]).toEqual(['stays', 2, 0]);
    });
  });

  it('has a table entity and a blob after a SIGKILL right after the answers', async () => {
    const { child, connectionString } = await spawnStorage();
    const json = { 'content-type': 'application/json', accept: 'application/json;odata=nometadata' };
    const created = await signedFetch(connectionString, 'Table', 'POST', 'Tables', {
      headers: json,
      body: '{"TableName":"records"}',
    });
    expect(created.status).toBe(201);
    expect((await signedFetch(connectionString, 'Blob', 'PUT', 'files?restype=container')).status).toBe(201);
    const blob = { headers: { 'x-ms-blob-type': 'BlockBlob', 'content-type': 'text/plain' }, body: 'also kept' };
    expect((await signedFetch(connectionString, 'Blob', 'PUT', 'files/a.txt', blob)).status).toBe(201);
    const entity = JSON.stringify({ PartitionKey: 'p', RowKey: 'r', value: 'kept' });
    const inserted = await signedFetch(connectionString, 'Table', 'POST', 'records', { headers: json, body: entity });
    expect(inserted.status).toBe(201);
    await kill(child);

    await withStorage(async (storage) => {
      const path = `records(PartitionKey='p',RowKey='r')`;
      const found = await signedFetch(storage.connectionString, 'Table', 'GET', path, { headers: json });
      expect(await found.json()).toMatchObject({ value: 'kept' });
      const file = await signedFetch(storage.connectionString, 'Blob', 'GET', 'files/a.txt');
      expect([file.status, await file.text()]).toEqual([200, 'also kept']);
    });
  });

  it('loses nothing that was answered when it is killed in the middle of many writes', async () => {
    const { child, connectionString } = await spawnStorage();
    const queue = impatient({ connectionString }).getQueueClient('busy');
    await queue.create();
    const answered: string[] = [];
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      for (let n = 0; ; n += 1) {
        const text = `${writer}-${n}`;
        await queue.sendMessage(text);
        answered.push(text);
      }
    });
    const ends = Promise.allSettled(writers);
    await until(() => answered.length > 100);
    await kill(child);
    await ends;

    await withStorage(async (storage) => {
      const after = queues(storage).getQueueClient('busy');
      const found = new Set<string>();
      for (;;) {
        const { receivedMessageItems } = await after.receiveMessages({ numberOfMessages: 32, visibilityTimeout: 600 });
        if (receivedMessageItems.length === 0) break;
        for (const { messageText } of receivedMessageItems) found.add(messageText);
      }
      expect(answered.filter((text) => !found.has(text))).toEqual([]);
    });
  });

  it('does not mind the half-written save of a killed process', async () => {
    await withStorage((storage) => queues(storage).createQueue('kept'));
    await writeFile(join(directory, 'queue.json~'), '{"filename": "queue.js');
    await withStorage(async (storage) => {
      expect(await queues(storage).getQueueClient('kept').exists()).toBe(true);
    });
  });

  it('says which folder cannot be read, and gives it back', async () => {
    await writeFile(join(directory, 'queue.json'), '{"filename": "queue.js');
    await expect(startStorage({ directory })).rejects.toThrow(directory);
    await expect(readFile(join(directory, 'lock'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('answers 500 to a write that cannot be saved', async () => {
    await withStorage(async (storage) => {
      const queue = impatient(storage).getQueueClient('unsaved');
      // A folder in the place of the file that is written before it takes the name of the database.
      await mkdir(join(directory, 'queue.json~'));
      await expect(queue.create()).rejects.toMatchObject({ statusCode: 500 });
      await rm(join(directory, 'queue.json~'), { recursive: true });
      await queue.createIfNotExists();
      await queue.sendMessage('saved');
    });
    await withStorage(async (storage) => {
      expect((await queues(storage).getQueueClient('unsaved').getProperties()).approximateMessagesCount).toBe(1);
    });
  });
});

describe('the lock of the folder', () => {
  it('of a living process is an error that names it, of a killed one is taken over', async () => {
    const { child } = await spawnStorage();
    await expect(startStorage({ directory })).rejects.toMatchObject({ name: 'DirectoryLockedError', pid: child.pid });
    await expect(startStorage({ directory })).rejects.toThrow(directory);
    await kill(child);
    expect(await readFile(join(directory, 'lock'), 'utf8')).toContain(String(child.pid));
    await withStorage(() => Promise.resolve());
  });

  it('keeps out this process too, until it closes', async () => {
    await withStorage(() => expect(startStorage({ directory })).rejects.toMatchObject({ pid: process.pid }));
    await withStorage(() => Promise.resolve());
  });

  it('of a killed process whose id another has now is taken over', async () => {
    await writeFile(join(directory, 'lock'), `${process.pid} 1\n`);
    await withStorage(async (storage) => {
      expect(await queues(storage).getQueueClient('any').exists()).toBe(false);
    });
  });

  it('goes to exactly one of several that find it stale', async () => {
    await writeFile(join(directory, 'lock'), '999999999 1\n');
    const starts = await Promise.allSettled(Array.from({ length: 4 }, () => startStorage({ directory })));
    const won = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
    expect(won).toHaveLength(1);
    await won[0]?.close();
  });
});
