import type { Deployment, DeploymentState } from '../model/deployment.ts';
import { isRollback } from '../model/tag-update.ts';
import { stepSeconds } from './steps.ts';
import type { Duration } from './steps.ts';

/**
 * A contribution of a record to the figures. `good` and `bad` are times at which its environment ran a good or a failed deployment:
 * the time to restore is computed from them.
 */
export type Measure =
  | { readonly kind: 'state'; readonly state: DeploymentState }
  | { readonly kind: 'deployment' | 'change' | 'failed-change' }
  | { readonly kind: 'duration'; readonly of: Duration; readonly seconds: number }
  | { readonly kind: 'good' | 'bad'; readonly secondOfDay: number };

export interface Fact {
  /** UTC: `2026-11-29`. */
  readonly day: string;
  readonly measure: Measure;
}

/** States of a deployment that failed in its environment. */
const failedStates: ReadonlySet<DeploymentState> = new Set(['degraded', 'failed', 'rolled-back']);

/**
 * The facts of a record, each on the day on which it happened. The present state counts on the day on which the record began.
 * A rollback restores an environment; it is neither a change nor a deployment.
 */
export function factsOf(record: Deployment): readonly Fact[] {
  const { states, state, applications = [], update } = record;
  const began = states[0]?.at ?? update.pushedAt;
  const goal = applications.length === 0 ? 'committed' : 'healthy';
  const good = states.find((one) => one.state === goal)?.at;
  const bad = states.find((one) => failedStates.has(one.state))?.at;
  const facts: Fact[] = [fact(began, { kind: 'state', state })];
  if (good !== undefined) facts.push(fact(good, { kind: 'good', secondOfDay: secondOfDay(good) }));
  if (bad !== undefined) facts.push(fact(bad, { kind: 'bad', secondOfDay: secondOfDay(bad) }));
  if (isRollback(update)) return facts;
  const ended = [good, bad].flatMap((at) => (at === undefined ? [] : [at])).toSorted()[0];
  if (ended !== undefined) facts.push(fact(ended, { kind: 'change' }));
  if (ended !== undefined && bad !== undefined) facts.push(fact(ended, { kind: 'failed-change' }));
  if (good === undefined) return facts;
  facts.push(fact(good, { kind: 'deployment' }));
  for (const [of, seconds] of stepSeconds(record, good)) facts.push(fact(good, { kind: 'duration', of, seconds }));
  return facts;
}

function fact(at: string, measure: Measure): Fact {
  return { day: dayOf(at), measure };
}

/** The UTC day of a time. */
export function dayOf(at: string | Date): string {
  return new Date(at).toISOString().slice(0, 10);
}

function secondOfDay(at: string): number {
  return Math.floor(Date.parse(at) / 1_000) % 86_400;
}
