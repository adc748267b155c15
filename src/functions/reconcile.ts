import type { TimerHandler } from '@azure/functions';
import { reconcile } from '../lib/delivery/reconcile/reconcile.ts';
import type { ReconcileDeps } from '../lib/delivery/reconcile/reconcile.ts';
import { logOf } from './log.ts';

/** Timer, by the setting `RECONCILE_SCHEDULE`: queues pushes whose event was lost. */
export function makeReconcile(deps: ReconcileDeps): TimerHandler {
  return (_timer, context) => reconcile(logOf(context), deps);
}
