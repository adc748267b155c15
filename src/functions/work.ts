import type { StorageQueueHandler } from '@azure/functions';
import type { Log } from '../lib/model/log.ts';
import type { Worker } from '../lib/work/worker.ts';
import { dequeueCountOf, logOf, withLogOf } from './log.ts';

/** Queue `work`: processes every kind of message. */
export function makeWork(worker: Pick<Worker, 'process'>, processLog: Log): StorageQueueHandler {
  // Work that waits for a silent host can go on after its message went back.
  return (message, context) =>
    withLogOf(context, processLog, (log) => worker.process(message, log, dequeueCountOf(context)));
}

/** Queue `work-poison`: queues messages that their worker could not end again, or abandons them after 24 h. */
export function makePoison(worker: Pick<Worker, 'takeOverPoison'>): StorageQueueHandler {
  return (message, context) => worker.takeOverPoison(message, logOf(context));
}
