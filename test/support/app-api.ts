import { QueueServiceClient } from '@azure/storage-queue';
import type { Platform } from '../../local/platform.ts';
import { updateId } from '../../src/lib/model/tag-update.ts';
import type { TagUpdate } from '../../src/lib/model/tag-update.ts';

/** The app's own API, as its users call it. */
export function appApi({ functions, key, storage }: Platform) {
  const queues = QueueServiceClient.fromConnectionString(storage);
  const call = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`${functions}/api/${path}`, { ...init, headers: { 'x-functions-key': key } });
    const body: unknown = JSON.parse(await response.text());
    return { status: response.status, body };
  };
  return {
    get: (path: string) => call(path),
    post: (path: string, body: unknown) => call(path, { method: 'POST', body: JSON.stringify(body) }),
    /** Puts a message into a queue, as the host or a sender would. */
    send: async (queue: string, message: unknown) => {
      const client = queues.getQueueClient(queue);
      await client.createIfNotExists();
      await client.sendMessage(Buffer.from(JSON.stringify(message)).toString('base64'));
    },
    /** Messages of a queue, whether they can be seen or not. */
    count: async (queue: string): Promise<number> => {
      const client = queues.getQueueClient(queue);
      return (await client.exists()) ? ((await client.getProperties()).approximateMessagesCount ?? 0) : 0;
    },
  };
}

/** An update as a push of this image makes it, in an environment that writes no digest. */
export function updateOf(route: string, environment: string, repository: string, tag: string): TagUpdate {
  const image = { registry: 'contoso.azurecr.io', repository, tag };
  const id = updateId(route, environment, image, false);
  return { id, route, environment, image, pushedAt: '2026-11-20T10:00:00.000Z', cause: { kind: 'push' } };
}

/** A message that has been tried for more than a day. */
export function triedForADay(kind: string, body: unknown) {
  const since = new Date(Date.now() - 25 * 60 * 60 * 1000).toISOString();
  return { v: 1, kind, retry: { attempt: 50, since, code: 'service-unavailable' }, body };
}
