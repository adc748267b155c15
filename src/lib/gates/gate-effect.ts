import type { SendMessage } from '../storage/queues.ts';
import { queueNames } from '../storage/queues.ts';
import type { RecordEffect } from '../effects/run-effects.ts';
import { concerns } from './concerns.ts';
import type { OpenGate } from './gate.ts';
import type { GateStore } from './gate-store.ts';

/** Gates in one message: their ids stay well below the 48 KiB of a message. */
const largestMessage = 500;

/**
 * Queues an evaluation of each open gate that a change of a deployment can decide: gates that select it, and gates that
 * have found an older deployment of its route. Gates of one collection share messages, so that no callback waits for
 * another collection. Deployments that change at the same time share reads and messages.
 */
export function makeGateEffect({
  gates,
  send,
}: {
  readonly gates: Pick<GateStore, 'open'>;
  readonly send: SendMessage;
}): RecordEffect {
  const listOpen = shareNext(() => gates.open());
  let concerned = new Map<string, OpenGate>();
  const sendConcerned = shareNext(async () => {
    const all = [...concerned.values()];
    concerned = new Map();
    for (const message of messagesFor(all)) await send(queueNames.reports, { gates: message });
  });
  return async (deployment) => {
    const open = (await listOpen()).filter((gate) => concerns(gate, deployment));
    for (const gate of open) concerned.set(gate.id, gate);
    if (open.length > 0) await sendConcerned();
    return deployment;
  };
}

function messagesFor(gates: readonly OpenGate[]): readonly (readonly string[])[] {
  const byCollection = new Map<string, string[]>();
  for (const { id, collection } of gates) {
    const ids = byCollection.get(collection);
    if (ids) ids.push(id);
    else byCollection.set(collection, [id]);
  }
  return [...byCollection.values()].flatMap((ids) =>
    Array.from({ length: Math.ceil(ids.length / largestMessage) }, (_, index) =>
      ids.slice(index * largestMessage, (index + 1) * largestMessage),
    ),
  );
}

/** Shares one run among all callers before it begins. It begins a moment later, so it sees each caller's writes. */
function shareNext<T>(work: () => Promise<T>): () => Promise<T> {
  let next: Promise<T> | undefined;
  return () => {
    next ??= Promise.resolve().then(() => {
      next = undefined;
      return work();
    });
    return next;
  };
}
