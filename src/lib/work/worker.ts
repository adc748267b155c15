import type { Clock } from '../model/clock.ts';
import { Failure } from '../model/failure.ts';
import type { Log } from '../model/log.ts';
import { oneLine } from '../model/one-line.ts';
import { queueNames } from '../storage/queues.ts';
import type { SendMessage } from '../storage/queues.ts';
import { abandonedMessage, abandonedUnread } from './abandoned.ts';
import { envelopeOf, readWork, withUnreadSince } from './envelope.ts';
import type { Job, NewerWork, WorkKind } from './envelope.ts';
import type { ScheduledRetry } from '../model/scheduled-retry.ts';
import { beganAt, isGivenUp, nextRetry } from './retry.ts';

/** The circumstances of a job besides its body. */
export interface JobContext {
  readonly log: Log;
  /** It may have killed its worker, so it is processed alone. */
  readonly isSuspect: boolean;
  /** It was processed before and waits for an external change. */
  readonly isWaiting: boolean;
}

export interface JobHandler {
  /** @returns `'wait'` if nothing failed and the job waits for an external change */
  readonly run: (body: unknown, context: JobContext) => Promise<'wait' | void>;
  /** Records that the job is queued again after a failure. It throws no `Failure`: the job is sent already. */
  readonly retried?: (body: unknown, retry: ScheduledRetry, log: Log) => Promise<void>;
  /** Records that the job is abandoned. */
  readonly abandoned?: (body: unknown, failure: Failure) => Promise<void>;
}

export type JobHandlers = Readonly<Record<WorkKind, JobHandler>>;

export interface WorkerDeps {
  /** Called at the first job, so that handlers can use the worker. */
  readonly handlers: () => JobHandlers;
  /** The kind of an event that its sender wrote into the queue without an envelope. */
  readonly rawKind: (body: unknown) => WorkKind;
  readonly send: SendMessage;
  readonly now: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
  /** Counts a job that is queued again. It never throws. */
  readonly noteRetry?: (code: string, log: Log) => Promise<void>;
}

export interface Worker {
  /** Processes a message of the queue `work`. */
  readonly process: (message: unknown, log: Log, dequeueCount: number) => Promise<void>;
  /** Processes a message of the poison queue. */
  readonly takeOverPoison: (message: unknown, log: Log) => Promise<void>;
  /** Runs a job in this invocation. A job that has to be retried is queued alone. */
  readonly run: (job: Job, log: Log) => Promise<void>;
  /** Queues a job that may have killed its worker, to be processed alone and later. */
  readonly runAlone: (job: Job, log: Log) => Promise<void>;
}

/** After this number of dequeues without an outcome, a message may have killed its worker each time. */
const suspectDequeueCount = 3;
const longestReason = 300;
/** Retry code of a job that waits for an external change. */
const waitCode = 'waits';
/** A message of a newer version waits this long for a newer worker. */
const newerDelaySeconds = 60;

/**
 * The worker of the queue `work`. A retryable failure queues the job again with growing delay; after 24 h it is abandoned.
 * A job that waits for an external change is queued with the same delays, and ends without a trace after 24 h. A permanent
 * failure is recorded by the handler. A malformed job is abandoned at once, and a message that no version reads after 24 h.
 * Any other error is thrown: the host retries.
 */
export function makeWorker({ handlers, rawKind, send, now, random, noteRetry }: WorkerDeps): Worker {
  async function runJob(job: Job, log: Log, dequeueCount: number): Promise<void> {
    const { kind, body, retry } = job;
    try {
      const end = await handlers()[kind].run(body, {
        log,
        isSuspect: retry?.isSuspect === true || dequeueCount >= suspectDequeueCount,
        isWaiting: retry?.code === waitCode,
      });
      if (end === 'wait') await wait(job);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (error.kind === 'retryable') await retryLater(job, error, log);
      else if (error.code === 'message-malformed') await abandon(job, error, log);
      else log('error', 'rejected', { kind, ...error.place, code: error.code, reason: error.message });
    }
  }

  async function wait(job: Job): Promise<void> {
    const next = nextRetry(job.retry, { code: waitCode, retryAfterSeconds: undefined }, now(), random());
    if (next) await sendJob({ ...job, retry: next.retry }, next.delaySeconds);
  }

  async function retryLater(job: Job, failure: Failure, log: Log): Promise<void> {
    const { code, message: reason, place } = failure;
    const next = nextRetry(job.retry, failure, now(), random());
    if (!next) return abandon(job, failure, log);
    const { retry, delaySeconds } = next;
    await Promise.all([sendJob({ ...job, retry }, delaySeconds), noteRetry?.(code, log)]);
    // A job that only waits for its turn at the host has its last failure already.
    if (code !== 'host-busy' || !job.retry) {
      const at = new Date(now().getTime() + delaySeconds * 1000).toISOString();
      const scheduled = { code, reason: oneLine(reason, longestReason), attempt: retry.attempt, at };
      await handlers()[job.kind].retried?.(job.body, scheduled, log);
    }
    const fields = { kind: job.kind, ...place, code, attempt: retry.attempt, seconds: delaySeconds, reason };
    log(code === 'host-busy' ? 'info' : 'warn', 'rescheduled', fields);
  }

  async function abandon(job: Job, failure: Failure, log: Log): Promise<void> {
    const { code, message: reason, place } = failure;
    const { kind, body, retry } = job;
    try {
      await handlers()[kind].abandoned?.(body, failure);
    } catch (error) {
      if (!(error instanceof Failure) || error.code === 'storage-unavailable') throw error;
      log('error', 'abandoned-not-recorded', { kind, ...place, code: error.code, reason: error.message });
    }
    await send(queueNames.abandoned, abandonedMessage(job, failure, now()));
    log('error', 'abandoned', { kind, ...place, code, attempt: retry?.attempt ?? 0, reason });
  }

  function sendJob(job: Job, delaySeconds: number): Promise<void> {
    return send(queueNames.work, envelopeOf(job), { delaySeconds });
  }

  function runAlone(job: Job, log: Log): Promise<void> {
    const failure = new Failure('worker-ended', 'The worker ended without an outcome, several times in a row.');
    return retryLater(job, failure, log);
  }

  /** The job of a message; a message of a newer version goes back to the queue. */
  async function open(message: unknown, log: Log): Promise<Job | undefined> {
    const work = readWork(message, rawKind);
    if (work.type === 'job') return work.job;
    await passOn(work, log);
    return undefined;
  }

  /** In a rolling deployment a newer worker reads it. After 24 h there is none, or a person has sent it. */
  async function passOn(work: NewerWork, log: Log): Promise<void> {
    const { version, kind, content } = work;
    const since = beganAt(work.unreadSince, now());
    if (!isGivenUp(since, now())) {
      await send(queueNames.work, withUnreadSince(content, since), { delaySeconds: newerDelaySeconds });
      log('warn', 'newer-message', { version, kind, seconds: newerDelaySeconds });
      return;
    }
    const reason = `No worker reads this message of version ${version} and kind ${kind ?? 'unknown'}.`;
    const failure = new Failure('message-malformed', reason);
    await send(queueNames.abandoned, abandonedUnread(work, failure, now()));
    log('error', 'abandoned', { kind, code: failure.code, attempt: 0, reason });
  }

  return {
    async process(message, log, dequeueCount) {
      const job = await open(message, log);
      if (job) await runJob(job, log, dequeueCount);
    },
    async takeOverPoison(message, log) {
      const job = await open(message, log);
      if (job) await runAlone(job, log);
    },
    run: (job, log) => runJob(job, log, 1),
    runAlone,
  };
}
