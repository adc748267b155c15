import type { StorageQueueHandler } from '@azure/functions';
import { takeOverPoison } from '../lib/work/queue-work.ts';
import type { QueueWorkDeps, Work } from '../lib/work/queue-work.ts';
import { logOf } from './log.ts';

/** Queue `<queue>-poison`: what its worker could not end goes back later, or is abandoned after 24 h. */
export function makePoison(work: Omit<Work, 'run'>, deps: QueueWorkDeps): StorageQueueHandler {
  return async (message, context) => {
    await takeOverPoison(message, work, logOf(context), deps);
  };
}
