import type { SendMessage } from '../storage/queues.ts';
import { queueNames } from '../storage/queues.ts';
import type { RecordEffect } from '../effects/run-effects.ts';
import { concerns } from './concerns.ts';
import type { OpenGate } from './gate.ts';
import type { GateStore } from './gate-store.ts';

/**
 * Has every gate looked at that a change of a deployment may decide: those that ask for it, and those whose own
 * deployment of the same route was superseded. Each gets a message of its own, so that none waits for another's task.
 */
export function makeGateStep({
  gates,
  send,
}: {
  readonly gates: Pick<GateStore, 'open'>;
  readonly send: SendMessage;
}): RecordEffect {
  const listOpen = shareWork<'open', readonly OpenGate[]>(() => gates.open());
  const sendLook = shareWork<string, void>((gate) => send(queueNames.reports, { gates: [gate] }));
  return async (deployment) => {
    const open = await listOpen('open');
    await Promise.all(open.filter((gate) => concerns(gate, deployment)).map(({ id }) => sendLook(id)));
    return deployment;
  };
}

/**
 * One piece of work for all that ask for it before it begins: it begins a moment later, so it sees what each of them wrote
 * before it asked.
 */
function shareWork<Key, T>(work: (key: Key) => Promise<T>): (key: Key) => Promise<T> {
  const waiting = new Map<Key, Promise<T>>();
  return (key) => {
    const known = waiting.get(key);
    if (known) return known;
    const next = Promise.resolve().then(() => {
      waiting.delete(key);
      return work(key);
    });
    waiting.set(key, next);
    return next;
  };
}
