import { settlesWithin } from '../async/settles-within.ts';
import { Failure } from '../model/failure.ts';
import type { Log } from '../model/log.ts';
import { queueNames } from '../storage/queues.ts';
import type { StoredMessage, StoreMessage } from '../storage/queues.ts';
import { envelopeOf } from './envelope.ts';
import type { Job } from './envelope.ts';
import type { Worker } from './worker.ts';

export interface PromptJobsDeps {
  readonly store: StoreMessage;
  readonly run: Worker['run'];
  /** Of the process: a job can last longer than the invocation that started it. */
  readonly log: Log;
  readonly sleep: (ms: number) => Promise<unknown>;
  /** Jobs that run at a time in this process. */
  readonly places?: number;
}

export interface PromptOptions {
  /** Of the invocation that waits for the job; without it the job logs through the process. */
  readonly log?: Log;
  /** Time limit for storing the job, in milliseconds. */
  readonly timeoutMs?: number;
  /** The job starts no sooner than this after it was stored, in milliseconds. */
  readonly afterMs?: number;
}

/** A job that is stored. */
export interface PromptJob {
  /**
   * Waits until the job has ended, at most for this time. Then its invocation may end: the job logs through the process.
   * It never throws.
   */
  readonly endsWithin: (longestMs: number) => Promise<void>;
}

/**
 * Stores a job, and runs it in this process so that it does not wait behind the queue. Its message stays hidden meanwhile
 * and is removed at the end; if the process dies, the function `work` takes it. If too many jobs run here, the message is
 * visible at once.
 *
 * @throws {Failure} `storage-unavailable`: the job is not stored
 */
export type StartPromptJob = (job: Job, options?: PromptOptions) => Promise<PromptJob>;

/** More than one sender needs, and few enough for the memory and the connections of the smallest instance. */
const defaultPlaces = 8;
/** Longer than nearly every job: a message that is taken earlier runs a second time beside the first. */
const hiddenSeconds = 60;

export function makeStartPromptJob({ store, run, sleep, ...deps }: PromptJobsDeps): StartPromptJob {
  const places = deps.places ?? defaultPlaces;
  let taken = 0;

  /** It never throws: a job that is not ended here stays in the queue. */
  async function runStored(job: Job, message: StoredMessage, log: Log, afterMs: number | undefined): Promise<void> {
    try {
      if (afterMs !== undefined) await sleep(afterMs);
      await run(job, log);
    } catch (error) {
      // The function `work` runs the job again, and its host counts how often that fails.
      log('error', 'left-to-queue', { ...fieldsOf(job, error), seconds: hiddenSeconds });
      return;
    }
    try {
      await message.remove();
    } catch (error) {
      // The job runs twice.
      log('warn', 'message-not-removed', fieldsOf(job, error));
    }
  }

  return async (job, { log = deps.log, timeoutMs, afterMs } = {}) => {
    const limit = timeoutMs === undefined ? {} : { timeoutMs };
    if (taken >= places) {
      await store(queueNames.work, envelopeOf(job), limit);
      return { endsWithin: () => Promise.resolve() };
    }
    taken += 1;
    let current = log;
    let running: Promise<void>;
    try {
      const message = await store(queueNames.work, envelopeOf(job), { ...limit, delaySeconds: hiddenSeconds });
      running = runStored(job, message, (...line) => current(...line), afterMs).finally(() => (taken -= 1));
    } catch (error) {
      taken -= 1;
      throw error;
    }
    return {
      async endsWithin(longestMs) {
        await settlesWithin(running, longestMs);
        current = deps.log;
      },
    };
  };
}

function fieldsOf({ kind }: Job, error: unknown): Parameters<Log>[2] {
  return {
    kind,
    ...(error instanceof Failure && { code: error.code }),
    reason: error instanceof Error ? error.message : String(error),
  };
}
