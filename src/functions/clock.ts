import type { TimerHandler } from '@azure/functions';
import type { Log } from '../lib/model/log.ts';
import { logOf } from './log.ts';

/** Timer, every minute: runs the periodic jobs that are due. */
export function makeClock(run: (log: Log) => Promise<void>): TimerHandler {
  return (_timer, context) => run(logOf(context));
}
