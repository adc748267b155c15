import type { SendMessage } from '../../azure/queues.ts';
import { queueNames } from '../../azure/queues.ts';
import type { FollowStep } from '../../deployments/follow-up.ts';
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
}): FollowStep {
  const listOpen = shareReads(gates.open);
  return async (deployment) => {
    const open = await listOpen();
    for (const gate of open) {
      if (concerns(gate, deployment)) await send(queueNames.reports, { gates: [gate.id] });
    }
    return deployment;
  };
}

/**
 * One read for all that ask before it begins: it begins a moment later, so it sees what each of them wrote before it
 * asked.
 */
function shareReads(read: () => Promise<readonly OpenGate[]>): () => Promise<readonly OpenGate[]> {
  let next: Promise<readonly OpenGate[]> | undefined;
  return () =>
    (next ??= Promise.resolve().then(() => {
      next = undefined;
      return read();
    }));
}
