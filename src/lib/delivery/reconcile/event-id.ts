import type { UpdateCause } from '../../model/update-cause.ts';

const prefix = 'reconcile-';

/** The id of the event that reconcile makes of a push without an event. */
export function reconcileEventId(id: string): string {
  return `${prefix}${id}`;
}

/** The cause of the updates of a registry event. */
export function causeOfEvent(eventId: string): UpdateCause {
  return { kind: eventId.startsWith(prefix) ? 'reconcile' : 'push' };
}
