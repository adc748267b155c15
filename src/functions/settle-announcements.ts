import type { TimerHandler } from '@azure/functions';
import { expireIntents } from '../lib/delivery/intents/expire.ts';
import type { ExpireDeps } from '../lib/delivery/intents/expire.ts';
import { logOf } from './log.ts';

/** Timer, each minute: what became of the pushes that nobody answered for. */
export function makeSettleAnnouncements(deps: ExpireDeps): TimerHandler {
  return (_timer, context) => expireIntents(logOf(context), deps);
}
