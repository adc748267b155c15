import type { Log } from '../model/log.ts';
import type { RecordEffect } from '../effects/run-effects.ts';
import { concerns } from './concerns.ts';
import type { OpenGate } from './gate.ts';
import type { GateStore } from './gate-store.ts';

/** Gates of one job: their ids stay well below the 48 KiB of a message. */
const largestJob = 500;

/**
 * Evaluates each open gate that a change of a deployment can decide: gates that select it, and gates that have found an
 * older deployment of its route. Gates of one collection share a job, so that no callback waits for another collection.
 * Deployments that change at the same time share reads and jobs.
 */
export function makeGateEffect({
  gates,
  evaluate,
}: {
  readonly gates: Pick<GateStore, 'open'>;
  /** Evaluates gates in this invocation. If they have to be retried, they are queued. */
  readonly evaluate: (ids: readonly string[], log: Log) => Promise<void>;
}): RecordEffect {
  const listOpen = shareNext(() => gates.open());
  let concerned = new Map<string, OpenGate>();
  const evaluateConcerned = shareNext(async (log) => {
    const all = [...concerned.values()];
    concerned = new Map();
    await Promise.all(jobsFor(all).map((ids) => evaluate(ids, log)));
  });
  return async (deployment, log) => {
    const open = (await listOpen(log)).filter((gate) => concerns(gate, deployment));
    for (const gate of open) concerned.set(gate.id, gate);
    if (open.length > 0) await evaluateConcerned(log);
    return deployment;
  };
}

function jobsFor(gates: readonly OpenGate[]): readonly (readonly string[])[] {
  const byCollection = new Map<string, string[]>();
  for (const { id, collection } of gates) {
    const ids = byCollection.get(collection);
    if (ids) ids.push(id);
    else byCollection.set(collection, [id]);
  }
  return [...byCollection.values()].flatMap((ids) =>
    Array.from({ length: Math.ceil(ids.length / largestJob) }, (_, index) =>
      ids.slice(index * largestJob, (index + 1) * largestJob),
    ),
  );
}

/** Shares one run among all callers before it begins. It begins a moment later, so it sees each caller's writes. */
function shareNext<T>(work: (log: Log) => Promise<T>): (log: Log) => Promise<T> {
  let next: Promise<T> | undefined;
  return (log) => {
    next ??= Promise.resolve().then(() => {
      next = undefined;
      return work(log);
    });
    return next;
  };
}
