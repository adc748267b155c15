import type { TimerHandler } from '@azure/functions';
import { resolveAnnouncements } from '../lib/delivery/intents/expire.ts';
import type { ResolveDeps } from '../lib/delivery/intents/expire.ts';
import { logOf } from './log.ts';

/** Timer, each minute: what became of the pushes that nobody answered for. */
export function makeSettleAnnouncements(deps: ResolveDeps): TimerHandler {
  return (_timer, context) => resolveAnnouncements(logOf(context), deps);
}
