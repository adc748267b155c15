import type { Clock } from '../model/clock.ts';
import { z } from 'zod';
import { queueNames, workQueues } from '../storage/queues.ts';
import type { SendMessage } from '../storage/queues.ts';
import { Failure } from '../model/failure.ts';
import type { Log } from '../model/log.ts';
import { readMessage } from './message-body.ts';
import { nextRetry, retrySchema } from './retry.ts';
import type { Retry } from './retry.ts';

export interface QueueWorkDeps {
  readonly send: SendMessage;
  readonly now: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
}

/** A message as it is sent again: the message that it was, and how often it has been tried. */
const sentAgainSchema = z.object({ retry: retrySchema, body: z.unknown() });

/** A message of the queue `abandoned`: what was given up, and why. */
export const abandonedSchema = z.object({
  queue: z.enum(workQueues),
  body: z.unknown(),
  code: z.string(),
  reason: z.string(),
  at: z.iso.datetime(),
});

interface Message {
  readonly body: unknown;
  readonly retry: Retry | undefined;
}

function unwrap(message: unknown): Message {
  const said = readMessage(message);
  const sentAgain = sentAgainSchema.safeParse(said);
  return sentAgain.success
    ? { body: sentAgain.data.body, retry: sentAgain.data.retry }
    : { body: said, retry: undefined };
}

/** What else is done when a message is given up: its record, where it has one. */
export type OnAbandoned = (body: unknown, failure: Failure) => Promise<void>;

/** What a worker knows of a message besides its body. */
export interface Delivery {
  /** It may have killed its worker: it is planned alone. */
  readonly isSuspect: boolean;
  /** It was looked at before, and waits for somebody else. */
  readonly isLook: boolean;
}

export interface Work {
  readonly queue: z.infer<typeof abandonedSchema>['queue'];
  /** @returns `'look-again'` where nothing failed, and what is waited for is somebody else's to do */
  readonly run: (body: unknown, delivery: Delivery) => Promise<'look-again' | void>;
  readonly abandoned?: OnAbandoned;
}

/** What was dequeued this often without an outcome may have killed its worker each time. */
const suspectDequeueCount = 3;

/**
 * Works on one message. A retryable failure sends it again with growing delay and completes this one; after 24 h it is
 * abandoned. What waits for somebody else is looked at again with the same delays for as long, and then no more. A
 * permanent failure is recorded by the work and done; what cannot be read has no record and is kept as abandoned at
 * once. Anything else is unexpected and thrown, for the queue to repeat.
 */
export async function workOnMessage(
  message: unknown,
  work: Work,
  log: Log,
  deps: QueueWorkDeps,
  dequeueCount = 1,
): Promise<void> {
  const { body, retry } = unwrap(message);
  try {
    const end = await work.run(body, {
      isSuspect: retry?.isSuspect === true || dequeueCount >= suspectDequeueCount,
      isLook: retry?.code === lookCode,
    });
    if (end === 'look-again') await lookAgain({ body, retry }, work, deps);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.kind === 'retryable') await sendAgain({ body, retry }, error, work, log, deps);
    else if (error.code === 'message-malformed') await abandon({ body, retry }, error, work, log, deps);
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

/** Stands in the place of a failure's code. */
const lookCode = 'waits';

async function lookAgain({ body, retry }: Message, work: Work, { send, now, random }: QueueWorkDeps): Promise<void> {
  const next = nextRetry(retry, { code: lookCode, retryAfterSeconds: undefined }, now(), random());
  if (next) await send(work.queue, { retry: next.retry, body }, { delaySeconds: next.delaySeconds });
}

async function sendAgain(
  { body, retry }: Message,
  failure: Failure,
  work: Omit<Work, 'run'>,
  log: Log,
  deps: QueueWorkDeps,
): Promise<void> {
  const { code, message: reason, place } = failure;
  const next = nextRetry(retry, failure, deps.now(), deps.random());
  if (!next) return abandon({ body, retry }, failure, work, log, deps);
  await deps.send(work.queue, { retry: next.retry, body }, { delaySeconds: next.delaySeconds });
  log('warn', 'rescheduled', {
    queue: work.queue,
    ...place,
    code,
    attempt: next.retry.attempt,
    seconds: next.delaySeconds,
    reason,
  });
}

async function abandon(
  { body, retry }: Message,
  failure: Failure,
  { queue, abandoned }: Omit<Work, 'run'>,
  log: Log,
  { send, now }: QueueWorkDeps,
): Promise<void> {
  const { code, message: reason, place } = failure;
  await abandoned?.(body, failure);
  const message = { queue, body, code, reason, at: now().toISOString() } satisfies z.input<typeof abandonedSchema>;
  await send(queueNames.abandoned, { ...message, retry });
  log('error', 'abandoned', { queue, ...place, code, attempt: retry?.attempt ?? 0, reason });
}
