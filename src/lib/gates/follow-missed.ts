import type { MissedPush } from '../deployments/missed-pushes.ts';
import type { SendWork } from '../work/send-work.ts';
import { isAskedRoute } from './concerns.ts';
import type { OpenGate } from './gate.ts';
import type { GateStore } from './gate-store.ts';
import { sendGates } from './send-gates.ts';

/** Queues the evaluation of the gates that wait for the deployment of a push that changed nothing. */
export function makeFollowMissed({
  gates,
  send,
}: {
  readonly gates: Pick<GateStore, 'open'>;
  readonly send: SendWork;
}): (push: MissedPush) => Promise<void> {
  return async (push) => {
    const ids = (await gates.open()).filter((gate) => isConcerned(gate, push)).map(({ id }) => id);
    await sendGates(ids, send);
  };
}

/** A gate without names waits for any deployment: it reads the pushes when it is evaluated for another reason. */
function isConcerned(gate: OpenGate, { kind, tag, route = '', environment }: MissedPush): boolean {
  const isTag = gate.selector.kind === 'tag' && gate.selector.tag === tag;
  if (kind === 'no-route') return isTag;
  if (gate.environment !== environment || gate.found.includes(route)) return false;
  return gate.routes !== undefined && isAskedRoute(gate.routes, route);
}
