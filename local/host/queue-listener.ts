import type { DequeuedMessageItem, QueueClient } from '@azure/storage-queue';
import type { Emit } from './host-event.ts';
import type { QueueSettings } from './host-json.ts';
import { leaseMessage, type MessageLease } from './message-lease.ts';
import { pollingDelay } from './polling-delay.ts';
import { decodeBody, metadataOf } from './queue-message.ts';
import type { InvocationResult, Trigger } from './run-invocation.ts';
import { hasStorageCode } from './storage-queues.ts';

export interface QueueListenerDeps {
  /** Of the function. */
  readonly name: string;
  /** Of the trigger. */
  readonly binding: string;
  readonly queue: QueueClient;
  /** Undefined where failed messages have nowhere to go: a queue that is itself a poison queue. */
  readonly poisonQueue: QueueClient | undefined;
  readonly settings: QueueSettings;
  readonly leaseSeconds: number;
  readonly emit: Emit;
  run(trigger: Trigger): Promise<InvocationResult>;
}

const gone = ['MessageNotFound', 'PopReceiptMismatch', 'QueueNotFound', 'QueueBeingDeleted'];

/** Polls one queue and runs its function for each message, as the storage extension's `QueueListener` does. */
export class QueueListener {
  readonly #deps: QueueListenerDeps;
  readonly #working = new Set<Promise<void>>();
  readonly #leases = new Set<MessageLease>();
  readonly #stopping = new AbortController();
  #loop: Promise<void> = Promise.resolve();
  #reachable = true;
  #created = false;
  #abandoned = false;

  constructor(deps: QueueListenerDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#loop = this.#poll();
  }

  /** Stops polling. Settles when the messages in progress are done. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
    await Promise.all(this.#working);
  }

  /** Stops like a killed process: every message appears again when its lease is over. */
  abandon(): void {
    this.#abandoned = true;
    this.#stopping.abort();
    for (const lease of this.#leases) void lease.end();
  }

  async #poll(): Promise<void> {
    const { settings } = this.#deps;
    const { signal } = this.#stopping;
    const nextDelay = pollingDelay(settings.maxPollingIntervalMs);
    let found = false;
    while (!signal.aborted) {
      const messages = await this.#receive();
      for (const message of messages) this.#track(this.#process(message));
      if (messages.length > 0) {
        found = true;
        while (this.#working.size > settings.newBatchThreshold && !signal.aborted) await Promise.race(this.#working);
      } else {
        await sleep(nextDelay(found), signal);
        found = false;
      }
    }
  }

  async #receive(): Promise<readonly DequeuedMessageItem[]> {
    const { queue, settings, leaseSeconds } = this.#deps;
    try {
      if (!this.#created) await queue.createIfNotExists();
      this.#created = true;
      const { receivedMessageItems } = await queue.receiveMessages({
        numberOfMessages: settings.batchSize,
        visibilityTimeout: leaseSeconds,
      });
      this.#reached();
      if (!this.#stopping.signal.aborted) return receivedMessageItems;
      if (this.#abandoned) return [];
      for (const message of receivedMessageItems) await this.#settle(() => this.#show(message, message.popReceipt, 0));
    } catch (error) {
      if (hasStorageCode(error, 'QueueNotFound')) this.#created = false;
      else this.#lost(error);
    }
    return [];
  }

  #track(work: Promise<void>): void {
    const tracked = work.finally(() => this.#working.delete(tracked));
    this.#working.add(tracked);
  }

  async #process(message: DequeuedMessageItem): Promise<void> {
    const { queue, poisonQueue, settings, leaseSeconds, binding } = this.#deps;
    // Its last try ended with its worker.
    if (message.dequeueCount > settings.maxDequeueCount) {
      await this.#settle(() => this.#poison(message, message.popReceipt));
      return;
    }
    const lease = leaseMessage(queue, message, leaseSeconds, (error) => this.#lost(error));
    this.#leases.add(lease);
    const text = decodeBody(message.messageText, settings.messageEncoding);
    let succeeded = false;
    if (text === undefined) this.#undecodable(message);
    else {
      const result = await this.#deps.run({
        binding,
        data: { string: text },
        metadata: metadataOf(message, text),
        reason: `New queue message detected on '${queue.name}'.`,
        details: {
          MessageId: message.messageId,
          DequeueCount: String(message.dequeueCount),
          InsertedOn: message.insertedOn.toISOString(),
        },
      });
      succeeded = result.outcome === 'succeeded';
    }
    const popReceipt = await lease.end();
    this.#leases.delete(lease);
    await this.#settle(async () => {
      if (this.#abandoned) return;
      if (succeeded) await queue.deleteMessage(message.messageId, popReceipt);
      // Without a poison queue the message stays hidden for the rest of its lease, else it would be tried without a pause.
      else if (poisonQueue === undefined) return;
      else if (message.dequeueCount >= settings.maxDequeueCount) await this.#poison(message, popReceipt);
      else await this.#show(message, popReceipt, settings.visibilityTimeoutMs / 1000);
    });
  }

  #undecodable({ messageId }: DequeuedMessageItem): void {
    this.#deps.emit({
      type: 'host-error',
      doing: `reading message ${messageId} of queue '${this.#deps.queue.name}'`,
      error: new Error(
        'Its body is not the base64 of a UTF-8 text. Send it as base64, or set extensions.queues.messageEncoding to "none".',
      ),
    });
  }

  async #show({ messageId }: DequeuedMessageItem, popReceipt: string, afterSeconds: number): Promise<void> {
    await this.#deps.queue.updateMessage(messageId, popReceipt, undefined, Math.ceil(afterSeconds));
  }

  async #poison(message: DequeuedMessageItem, popReceipt: string): Promise<void> {
    const { queue, poisonQueue, emit, name } = this.#deps;
    if (poisonQueue === undefined) return;
    const { messageId, dequeueCount } = message;
    await poisonQueue.createIfNotExists();
    await poisonQueue.sendMessage(message.messageText);
    await queue.deleteMessage(messageId, popReceipt);
    const queues = { queueName: queue.name, poisonQueueName: poisonQueue.name };
    emit({ type: 'message-poisoned', name, messageId, dequeueCount, ...queues });
  }

  /** Reports the result of a message to storage; if storage does not answer, the message appears again after its lease. */
  async #settle(say: () => Promise<void>): Promise<void> {
    try {
      await say();
    } catch (error) {
      // Another worker has the message, or it is gone.
      if (!hasStorageCode(error, ...gone)) this.#lost(error);
    }
  }

  #lost(error: unknown): void {
    if (hasStorageCode(error, ...gone)) return;
    const { name, queue, emit } = this.#deps;
    if (this.#reachable) emit({ type: 'storage-lost', name, queueName: queue.name, error });
    this.#reachable = false;
  }

  #reached(): void {
    const { name, queue, emit } = this.#deps;
    if (!this.#reachable) emit({ type: 'storage-back', name, queueName: queue.name });
    this.#reachable = true;
  }
}

/** Waits, or until the signal. */
function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, ms);
    signal.addEventListener('abort', finish);
    if (signal.aborted) finish();
  });
}
