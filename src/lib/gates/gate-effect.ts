import type { SendMessage } from '../storage/queues.ts';
import { queueNames } from '../storage/queues.ts';
import type { RecordEffect } from '../effects/run-effects.ts';
import { concerns } from './concerns.ts';
import type { OpenGate } from './gate.ts';
import type { GateStore } from './gate-store.ts';

/**
 * Queues an evaluation of each open gate that a change of a deployment can decide: gates that select it, and gates that
 * have found an older deployment of its route. Each gate has its own message, so that no callback waits for another.
 */
export function makeGateEffect({
  gates,
  send,
}: {
  readonly gates: Pick<GateStore, 'open'>;
  readonly send: SendMessage;
}): RecordEffect {
  const listOpen = shareWork<'open', readonly OpenGate[]>(() => gates.open());
  const sendEvaluation = shareWork<string, void>((gate) => send(queueNames.reports, { gates: [gate] }));
  return async (deployment) => {
    const open = await listOpen('open');
    await Promise.all(open.filter((gate) => concerns(gate, deployment)).map(({ id }) => sendEvaluation(id)));
    return deployment;
  };
}

/** Shares one run among all callers before it begins. It begins a moment later, so it sees each caller's writes. */
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
