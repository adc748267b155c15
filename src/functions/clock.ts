import type { TimerHandler } from '@azure/functions';
import type { Log } from '../lib/model/log.ts';
import { withLogOf } from './log.ts';

/** Timer, every minute: runs the periodic jobs that are due. A slow job goes on after the invocation. */
export function makeClock(run: (log: Log) => Promise<void>, processLog: Log): TimerHandler {
  return (_timer, context) => withLogOf(context, processLog, run);
}
