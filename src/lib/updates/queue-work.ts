import { z } from 'zod';
import { queueNames } from '../azure/queues.ts';
import type { SendMessage } from '../azure/queues.ts';
import { Failure } from '../failure.ts';
import type { Log } from '../log.ts';
import { nextRetry, retrySchema } from './plan/retry.ts';
import type { Retry } from './plan/retry.ts';

export interface QueueWorkDeps {
  readonly send: SendMessage;
  readonly now: () => Date;
  /** A number in [0, 1). */
  readonly random: () => number;
}

/** A message as it is sent again: the message that it was, and how often it has been tried. */
const sentAgainSchema = z.object({ retry: retrySchema, body: z.unknown() });

interface Message {
  readonly body: unknown;
  readonly retry: Retry | undefined;
}

function unwrap(message: unknown): Message {
  const sentAgain = sentAgainSchema.safeParse(message);
  return sentAgain.success
    ? { body: sentAgain.data.body, retry: sentAgain.data.retry }
    : { body: message, retry: undefined };
}

/** What else is done when a message is given up: its record, where it has one. */
export type OnAbandoned = (body: unknown, failure: Failure) => Promise<void>;

export interface Work {
  readonly queue: string;
  readonly run: (body: unknown) => Promise<void>;
  readonly abandoned?: OnAbandoned;
}

/**
 * Works on one message. A retryable failure sends it again with growing delay and completes this one; after 24 h it is
 * abandoned. A permanent failure is logged and done. Anything else is unexpected and thrown, for the queue to repeat.
 */
export async function workOnMessage(message: unknown, work: Work, log: Log, deps: QueueWorkDeps): Promise<void> {
  const { body, retry } = unwrap(message);
  try {
    await work.run(body);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.kind === 'retryable') await sendAgain({ body, retry }, error, work, log, deps);
    else log('error', 'rejected', { queue: work.queue, ...error.place, code: error.code, reason: error.message });
  }
}

/**
 * Takes over a message that its worker could not end: whoever died with it gets another chance, alone and later.
 * Left in the poison queue it would be gone after 7 days.
 */
export async function takeOverPoison(
  message: unknown,
  work: Omit<Work, 'run'>,
  log: Log,
  deps: QueueWorkDeps,
): Promise<void> {
  const failure = new Failure('worker-ended', 'The worker ended without an outcome, five times in a row.');
  await sendAgain(unwrap(message), failure, work, log, deps);
}

async function sendAgain(
  { body, retry }: Message,
  failure: Failure,
  { queue, abandoned }: Omit<Work, 'run'>,
  log: Log,
  { send, now, random }: QueueWorkDeps,
): Promise<void> {
  const { code, message: reason, place } = failure;
  const next = nextRetry(retry, failure, now(), random());
  if (next) {
    await send(queue, { retry: next.retry, body }, { delaySeconds: next.delaySeconds });
    log('warn', 'rescheduled', {
      queue,
      ...place,
      code,
      attempt: next.retry.attempt,
      seconds: next.delaySeconds,
      reason,
    });
  } else {
    await abandoned?.(body, failure);
    await send(queueNames.abandoned, { queue, body, retry, code, reason, at: now().toISOString() });
    log('error', 'abandoned', { queue, ...place, code, attempt: retry?.attempt ?? 0, reason });
  }
}
