import type { QueueServiceClient } from '@azure/storage-queue';
import { atOnce } from './turn.ts';
import type { Turn } from './turn.ts';

export interface QueuedMessage {
  readonly id: number;
  readonly queue: string;
  readonly text: string;
  /** In milliseconds since 1970. */
  visibleAt: number;
  dequeued: number;
}

const gone = (code: string, statusCode: number): Error =>
  Object.assign(new Error(`storage answered ${code}`), { code, statusCode });
const notFound = gone('QueueNotFound', 404);
const firstReceipt = 'first';

/** Queues in memory. A test takes the place of the Functions host: it reads, hides and removes messages itself. */
export class MemoryQueues {
  readonly messages = new Map<number, QueuedMessage>();
  readonly #queues = new Set<string>();
  readonly #now: () => Date;
  #next = 1;

  constructor(now: () => Date = () => new Date()) {
    this.#now = now;
  }

  /** @returns the id of the message */
  send(queue: string, text: string, visibilityTimeout = 0): number {
    const id = this.#next;
    this.#next += 1;
    this.#queues.add(queue);
    const visibleAt = this.#now().getTime() + visibilityTimeout * 1000;
    this.messages.set(id, { id, queue, text, visibleAt, dequeued: 0 });
    return id;
  }

  remove(id: number): void {
    this.messages.delete(id);
  }

  /** A client of one process: it sends, and finds nothing to receive. */
  client(turn: Turn = atOnce): QueueServiceClient {
    const client = {
      getQueueClient: (name: string) => ({
        exists: () => turn(`look for the queue ${name}`, () => this.#queues.has(name)),
        createIfNotExists: () => turn(`create the queue ${name}`, () => void this.#queues.add(name)),
        sendMessage: (text: string, { visibilityTimeout }: { visibilityTimeout?: number } = {}) =>
          turn(`send to ${name}`, () => ({
            messageId: String(this.send(name, text, visibilityTimeout)),
            popReceipt: firstReceipt,
          })),
        // A client only removes messages that it has sent.
        deleteMessage: (messageId: string) =>
          turn(`remove a message of ${name}`, () => {
            const message = this.messages.get(Number(messageId));
            if (!message) throw gone('MessageNotFound', 404);
            if (message.dequeued > 0) throw gone('PopReceiptMismatch', 400);
            this.remove(message.id);
          }),
        // Only the queues of former versions are read by a client.
        receiveMessages: () => Promise.reject(notFound),
      }),
    };
    return client as unknown as QueueServiceClient;
  }
}
