import type { TimerHandler } from '@azure/functions';
import { askWaiting } from '../lib/settling/ask-waiting.ts';
import type { AskWaitingDeps } from '../lib/settling/ask-waiting.ts';
import { logOf } from './log.ts';

/** Timer, each minute: applications whose deployments have heard nothing for 5 min. */
export function makeAskArgoCd(deps: AskWaitingDeps): TimerHandler {
  return (_timer, context) => askWaiting(logOf(context), deps);
}
