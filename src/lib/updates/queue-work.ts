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

/**
 * Works on one message. A retryable failure sends it again with growing delay and completes this one; after 24 h it is
 * abandoned. A permanent failure is logged and done. Anything else is unexpected and thrown, for the queue to repeat.
 */
export async function workOnMessage(
  queue: string,
  message: unknown,
  run: (body: unknown) => Promise<void>,
  log: Log,
  deps: QueueWorkDeps,
): Promise<void> {
  const { body, retry } = unwrap(message);
  try {
    await run(body);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.kind === 'retryable') await sendAgain(queue, { body, retry }, error, log, deps);
    else log('error', 'rejected', { queue, ...error.place, code: error.code, reason: error.message });
  }
}

/**
 * Takes over a message that its worker could not end: whoever died with it gets another chance, alone and later.
 * Left in the poison queue it would be gone after 7 days.
 */
export async function takeOverPoison(queue: string, message: unknown, log: Log, deps: QueueWorkDeps): Promise<void> {
  const failure = new Failure('worker-ended', 'The worker ended without an outcome, five times in a row.');
  await sendAgain(queue, unwrap(message), failure, log, deps);
}

async function sendAgain(
  queue: string,
  { body, retry }: Message,
  failure: Failure,
  log: Log,
  { send, now, random }: QueueWorkDeps,
): Promise<void> {
  const { code, message: reason } = failure;
  const next = nextRetry(retry, failure, now(), random());
  if (next) {
    await send(queue, { retry: next.retry, body }, { delaySeconds: next.delaySeconds });
    log('warn', 'rescheduled', { queue, code, attempt: next.retry.attempt, seconds: next.delaySeconds, reason });
  } else {
    await send(queueNames.abandoned, { queue, body, retry, code, reason, at: now().toISOString() });
    log('error', 'abandoned', { queue, code, attempt: retry?.attempt ?? 0, reason });
  }
}
