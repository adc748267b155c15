import type { TimerHandler } from '@azure/functions';
import { reconcile } from '../lib/delivery/reconcile/reconcile.ts';
import type { ReconcileDeps } from '../lib/delivery/reconcile/reconcile.ts';
import { logOf } from './log.ts';

/** Timer, by the setting `RECONCILE_SCHEDULE`: pushes that no event told of. */
export function makeReconcile(deps: ReconcileDeps): TimerHandler {
  return (_timer, context) => reconcile(logOf(context), deps);
}
