import type { StorageQueueHandler } from '@azure/functions';
import type { Worker } from '../lib/work/worker.ts';
import { dequeueCountOf, logOf } from './log.ts';

/** Queue `work`: processes every kind of message. */
export function makeWork(worker: Pick<Worker, 'process'>): StorageQueueHandler {
  return (message, context) => worker.process(message, logOf(context), dequeueCountOf(context));
}

/** Queue `work-poison`: queues messages that their worker could not end again, or abandons them after 24 h. */
export function makePoison(worker: Pick<Worker, 'takeOverPoison'>): StorageQueueHandler {
  return (message, context) => worker.takeOverPoison(message, logOf(context));
}
