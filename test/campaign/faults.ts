import type { FaultPlan, PlannedFault } from '../../local/devops/faults/fault-plan.ts';
import type { FaultAction } from '../../local/devops/faults/fault.ts';

/** What strikes how many of a hundred calls: ten in all, and nothing that would not pass. */
const faults: readonly { readonly name: string; readonly percent: number; readonly action: FaultAction }[] = [
  { name: 'latency 0.4 s', percent: 1.5, action: { kind: 'latency', milliseconds: 400 } },
  { name: 'latency 2 s', percent: 0.5, action: { kind: 'latency', milliseconds: 2000 } },
  { name: '429, 1 s', percent: 0.6, action: { kind: 'throttled', retryAfterSeconds: 1 } },
  { name: '429, 7 s', percent: 0.2, action: { kind: 'throttled', retryAfterSeconds: 7 } },
  { name: 'delayed 200, 1 s', percent: 0.6, action: { kind: 'delayed', retryAfterSeconds: 1 } },
  { name: '503', percent: 2, action: { kind: 'unavailable' } },
  { name: 'drop before', percent: 1.6, action: { kind: 'drop', when: 'before' } },
  { name: 'drop after', percent: 1.6, action: { kind: 'drop', when: 'after' } },
  { name: 'sign-in page', percent: 0.5, action: { kind: 'sign-in-page' } },
  { name: 'sign-in redirect', percent: 0.4, action: { kind: 'sign-in-redirect' } },
  { name: 'expired token', percent: 0.5, action: { kind: 'expired-token' } },
];

/** Half of the answers that pushes lose are lost on purpose: nothing else is as hard to get right. */
const lostPushes = {
  name: 'push done, answer lost',
  percent: 5,
  match: { method: 'POST', resource: 'pushes' },
} as const;

export interface CampaignFaults {
  /** Calls struck so far, by fault. */
  readonly hits: () => ReadonlyMap<string, number>;
  readonly stop: () => void;
}

/** Strikes about every tenth call times `factor`, at random by the seed. */
export function strikeAtRandom(plan: FaultPlan, seed: number, factor: number): CampaignFaults {
  const planned = new Map<string, PlannedFault>();
  for (const [index, { name, percent, action }] of faults.entries()) {
    planned.set(name, plan.add({ action, probability: (percent * factor) / 100, seed: seed * 100 + index }));
  }
  const { name, percent, match } = lostPushes;
  const action = { kind: 'drop', when: 'after' } as const;
  planned.set(
    name,
    plan.add({ action, match, probability: (percent * factor) / 100, seed: seed * 100 + faults.length }),
  );
  return {
    hits: () => new Map([...planned].map(([fault, { hits }]) => [fault, hits])),
    stop: () => {
      for (const fault of planned.values()) fault.remove();
    },
  };
}
