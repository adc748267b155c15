import { QueueServiceClient, type QueueClient } from '@azure/storage-queue';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { HostOptions } from '../../../local/host/host.ts';
import { startStorage, type Storage } from '../../../local/storage/storage.ts';
import { fixtureSignals, startFixture, until, type Fixture } from '../support/fixture.ts';
import { startRelay } from '../support/relay.ts';

let storage: Storage;
let service: QueueServiceClient;
let count = 0;
let input: QueueClient;

beforeAll(async () => {
  storage = await startStorage();
  service = QueueServiceClient.fromConnectionString(storage.connectionString);
});

afterAll(() => storage.close());

// Each test has its own queue, so that none gets another's messages.
beforeEach(async () => {
  count += 1;
  input = service.getQueueClient(`input-${count}`);
  await input.create();
});

async function withApp(test: (app: Fixture) => Promise<void>, options: Partial<HostOptions> = {}): Promise<void> {
  const app = await startFixture('queue', {
    ...options,
    settings: {
      STORAGE: storage.connectionString,
      INPUT_QUEUE: input.name,
      OUTPUT_QUEUE: `new-${count}`,
      ...options.settings,
    },
  });
  try {
    await test(app);
  } finally {
    await app.close();
  }
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const plain = (text: string): string => Buffer.from(text, 'base64').toString('utf8');
const send = (content: unknown): Promise<unknown> => input.sendMessage(base64(JSON.stringify(content)));
const isEmpty = async (queue: QueueClient): Promise<boolean> =>
  ((await queue.getProperties()).approximateMessagesCount ?? 0) === 0;

interface Logged {
  readonly message: unknown;
  readonly type: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** What the handler said about its messages. */
const heard = (app: Fixture): readonly Logged[] =>
  app.logged('work').flatMap((text) => (text.startsWith('{') ? [JSON.parse(text) as Logged] : []));

describe('a message', () => {
  it.each([
    ['{"a":1}', { a: 1 }, 'object'],
    ['123', 123, 'number'],
    ['1.10', 1.1, 'number'],
    ['plain text', 'plain text', 'string'],
    ['"quoted"', 'quoted', 'string'],
    ['[1,2]', [1, 2], 'object'],
  ])('%s reaches the handler as JSON where it is JSON, and is deleted', async (text, message, type) => {
    await input.sendMessage(base64(text));
    await withApp(async (app) => {
      await until(() => heard(app).length > 0);
      expect(heard(app)[0]).toMatchObject({ message, type });
      await until(() => isEmpty(input));
    });
  });

  it('comes with its trigger metadata', async () => {
    const sent = await input.sendMessage(base64('text'));
    await withApp(async (app) => {
      const [first] = await until(() => heard(app).length > 0 && heard(app));
      expect(first?.metadata).toMatchObject({
        id: sent.messageId,
        dequeueCount: 1,
        queueTrigger: 'text',
        insertionTime: sent.insertedOn.toISOString().replace('.000Z', '+00:00'),
        expirationTime: sent.expiresOn.toISOString().replace('.000Z', '+00:00'),
      });
      expect(typeof first?.metadata['popReceipt']).toBe('string');
      expect(typeof first?.metadata['nextVisibleTime']).toBe('string');
    });
  });

  it('overwrites trigger metadata by its top-level properties, in any case, but not by arrays and nulls', async () => {
    await send({ ID: 'mine', DEQUEUECOUNT: 9, popReceipt: [1], insertionTime: null, extra: { deep: 1 }, flag: true });
    await withApp(async (app) => {
      const [first] = await until(() => heard(app).length > 0 && heard(app));
      expect(first?.metadata).toMatchObject({ id: 'mine', dequeueCount: 9, extra: { deep: 1 }, flag: 'True' });
      expect(typeof first?.metadata['popReceipt']).toBe('string');
      expect(typeof first?.metadata['insertionTime']).toBe('string');
    });
  });

  it('is read as it is with messageEncoding none, set by a setting', async () => {
    await input.sendMessage('not base64!');
    await withApp(
      async (app) => {
        await until(() => heard(app).length > 0);
        expect(heard(app)[0]?.message).toBe('not base64!');
      },
      { settings: { AzureFunctionsJobHost__extensions__queues__messageEncoding: 'none' } },
    );
  });
});

describe('a message that fails', () => {
  it('is tried again at once and goes to the poison queue after maxDequeueCount, for seven days', async () => {
    await send({ do: 'throw' });
    await withApp(async (app) => {
      const poison = service.getQueueClient(`${input.name}-poison`);
      expect(await app.event('message-poisoned')).toMatchObject({
        name: 'work',
        queueName: input.name,
        poisonQueueName: poison.name,
        dequeueCount: 3,
      });
      expect(heard(app).map(({ metadata }) => metadata['dequeueCount'])).toEqual([1, 2, 3]);
      const [copy] = (await poison.receiveMessages()).receivedMessageItems;
      expect(plain(copy?.messageText ?? '')).toBe('{"do":"throw"}');
      const days = ((copy?.expiresOn.getTime() ?? 0) - (copy?.insertedOn.getTime() ?? 0)) / 86_400_000;
      expect(days).toBe(7);
      await until(() => isEmpty(input));
    });
  });

  it('waits for visibilityTimeout before the next try', async () => {
    await send({ do: 'throw' });
    await withApp(
      async (app) => {
        const tries = await until(() => {
          const started = app.events.filter((event) => event.type === 'invocation-started' && event.name === 'work');
          return started.length === 2 && started.map(({ at }) => at.getTime());
        });
        expect((tries[1] ?? 0) - (tries[0] ?? 0)).toBeGreaterThan(900);
      },
      { leaseSeconds: 60, settings: { AzureFunctionsJobHost__extensions__queues__visibilityTimeout: '00:00:01' } },
    );
  });

  it('because it cannot be decoded goes to the poison queue as it is', async () => {
    await input.sendMessage('not base64!');
    await withApp(async (app) => {
      await app.event('message-poisoned');
      const poison = service.getQueueClient(`${input.name}-poison`);
      const [copy] = (await poison.receiveMessages()).receivedMessageItems;
      expect(copy?.messageText).toBe('not base64!');
      expect(heard(app)).toEqual([]);
    });
  });

  it('in a poison queue has no poison queue, and stays hidden for its lease', async () => {
    const poison = service.getQueueClient('own-poison');
    await poison.createIfNotExists();
    await poison.sendMessage(base64('x'));
    await withApp(
      async (app) => {
        await app.event('invocation-finished', ({ name }) => name === 'poison');
      },
      { leaseSeconds: 60 },
    );
    expect((await poison.receiveMessages()).receivedMessageItems).toEqual([]);
    expect(await service.getQueueClient('own-poison-poison').exists()).toBe(false);
  });

  it('with its worker more often than maxDequeueCount is poisoned without another try', async () => {
    await send({ do: 'nothing' });
    for (let tries = 0; tries < 3; tries += 1) {
      const [message] = (await input.receiveMessages({ visibilityTimeout: 60 })).receivedMessageItems;
      await input.updateMessage(message?.messageId ?? '', message?.popReceipt ?? '', undefined, 0);
    }
    await withApp(async (app) => {
      expect(await app.event('message-poisoned')).toMatchObject({ dequeueCount: 4 });
      expect(heard(app)).toEqual([]);
    });
  });
});

describe('the listener', () => {
  it('creates a queue that is missing, also when it goes away later', async () => {
    await input.delete();
    await withApp(async (app) => {
      await until(() => input.exists());
      await send({ n: 1 });
      await until(() => heard(app).length === 1);
      await input.delete();
      await until(() => input.exists());
      await send({ n: 2 });
      await until(() => heard(app).length === 2);
      expect(app.events.filter(({ type }) => type === 'storage-lost')).toEqual([]);
    });
  });

  it('works on batchSize + newBatchThreshold messages at most, and on all in the end', async () => {
    const total = 20;
    for (let n = 0; n < total; n += 1) await send({ do: 'wait', n });
    await withApp(async (app) => {
      const finished = (): number => app.events.filter(({ type }) => type === 'invocation-finished').length;
      // newBatchThreshold 2 lets the next batch of 4 begin only with 2 left: so never more than 6 at once.
      await until(() => heard(app).length >= 4);
      while (finished() < total) {
        fixtureSignals.emit('release');
        const before = finished();
        await until(() => finished() > before || heard(app).length > finished() || finished() === total);
      }
      const most = Math.max(
        ...app.logged('work').map((text) => Number(/^most (?<most>\d+)$/u.exec(text)?.groups?.['most'] ?? 0)),
      );
      expect(most).toBeGreaterThanOrEqual(4);
      expect(most).toBeLessThanOrEqual(6);
      await until(() => isEmpty(input));
    });
  });

  it('keeps a message hidden while its handler runs longer than the lease', async () => {
    await send({ do: 'wait' });
    await withApp(
      async (app) => {
        await until(() => heard(app).length === 1);
        const started = await app.event('invocation-started');
        await until(() => Date.now() > started.at.getTime() + 2500);
        expect(heard(app)).toHaveLength(1);
        fixtureSignals.emit('release');
        await until(() => isEmpty(input));
        expect(heard(app)).toHaveLength(1);
      },
      { leaseSeconds: 1 },
    );
  });

  it('waits at the end for messages that are worked on, but not longer than drainSeconds', async () => {
    await send({ do: 'wait' });
    let stuck: Fixture | undefined;
    await withApp(
      async (app) => {
        stuck = app;
        await until(() => heard(app).length === 1);
      },
      { drainSeconds: 0.2, leaseSeconds: 1 },
    );
    // Nobody renews its lease any more, so it comes back.
    const [again] = await until(async () => {
      const { receivedMessageItems } = await input.receiveMessages();
      return receivedMessageItems.length > 0 && receivedMessageItems;
    });
    expect(again?.dequeueCount).toBe(2);
    fixtureSignals.emit('release');
    await until(() => stuck?.events.some(({ type }) => type === 'invocation-finished'));
    expect((await input.getProperties()).approximateMessagesCount).toBe(1);
  });

  it('goes on after an outage of storage, and says once that it began and that it is over', async () => {
    const own = await startStorage();
    const port = Number(new URL(/QueueEndpoint=(?<url>[^;]+)/u.exec(own.connectionString)?.groups?.['url'] ?? '').port);
    const relay = await startRelay(port);
    const connectionString = own.connectionString.replace(
      `QueueEndpoint=http://127.0.0.1:${port}`,
      `QueueEndpoint=${relay.url}`,
    );
    try {
      await withApp(
        async (app) => {
          const queue = QueueServiceClient.fromConnectionString(own.connectionString).getQueueClient(input.name);
          await until(() => queue.exists());
          relay.cut();
          await app.event('storage-lost', ({ name }) => name === 'work');
          await queue.sendMessage(base64('after the outage'));
          relay.mend();
          await until(() => heard(app).length === 1);
          const changes = app.events
            .filter((event) => 'name' in event && event.name === 'work')
            .map(({ type }) => type);
          expect(changes.filter((type) => type.startsWith('storage-'))).toEqual(['storage-lost', 'storage-back']);
        },
        { settings: { STORAGE: connectionString } },
      );
    } finally {
      relay.close();
      await own.close();
    }
  });
});

/** Takes what a queue holds. */
async function received(name: string): Promise<readonly string[]> {
  const queue = service.getQueueClient(name);
  if (!(await queue.exists())) return [];
  const { receivedMessageItems } = await queue.receiveMessages({ numberOfMessages: 32 });
  for (const { messageId, popReceipt } of receivedMessageItems) await queue.deleteMessage(messageId, popReceipt);
  return receivedMessageItems.map(({ messageText }) => plain(messageText));
}

function post(app: Fixture, body: object): Promise<Response> {
  return fetch(`${app.url}/api/outputs`, { method: 'POST', body: JSON.stringify(body) });
}

describe('a queue output', () => {
  it.each([
    ['a text', 'text', ['text']],
    ['an object, indented', { a: [1] }, ['{\n  "a": [\n    1\n  ]\n}']],
    ['one message per element of an array', ['x', { n: 1 }, 2], ['x', '{\n  "n": 1\n}', '2']],
    ['one message per element of a text that is an array', '["x", "y"]', ['x', 'y']],
    ['a text that only looks like JSON', '{not json}', ['{not json}']],
    ['bytes', 'bytes', ['raw bytes']],
    ['a number', 7, ['7']],
  ])('sends %s', async (_, value, messages) => {
    await withApp(async (app) => {
      expect((await post(app, { to: 'out', value })).status).toBe(202);
      expect(await received('out')).toEqual(messages);
    });
  });

  it('creates its queue, and sends nothing for nothing', async () => {
    await withApp(async (app) => {
      expect((await post(app, { to: 'missing', value: 'first' })).status).toBe(202);
      expect(await received(`new-${count}`)).toEqual(['first']);
      expect((await post(app, { to: 'out' })).status).toBe(202);
      expect(await received('out')).toEqual([]);
    });
  });

  it('that cannot be written fails the invocation', async () => {
    await withApp(async (app) => {
      expect((await post(app, { to: 'out', value: 'x'.repeat(60_000) })).status).toBe(500);
    });
  });

  it('may be the return value', async () => {
    const queue = service.getQueueClient('forward');
    await queue.createIfNotExists();
    await queue.sendMessage(base64('this'));
    await withApp(async () => {
      const messages = await until(async () => {
        const found = await received('out');
        return found.length > 0 && found;
      });
      expect(JSON.parse(messages[0] ?? '')).toEqual({ forwarded: 'this' });
    });
  });
});
