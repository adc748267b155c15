import type { DeploymentState } from '../model/deployment.ts';
import type { Measure } from './facts.ts';
import { readMeasure } from './measure-key.ts';
import { restoresOf } from './restores.ts';
import type { Turn } from './restores.ts';
import { spreadOf } from './spread.ts';
import type { Spread } from './spread.ts';
import { durations } from './steps.ts';
import type { Duration } from './steps.ts';
import type { Counts, Tally } from './tally.ts';

/** Figures of a period: see docs/figures.md. A spread without durations is absent. */
export interface Figures {
  /** Deployments that reached their goal, without rollbacks. */
  readonly deployments: number;
  readonly deploymentsPerDay: number;
  readonly durations: Readonly<Partial<Record<Duration, Spread>>>;
  /** Deployments that reached their goal or failed, without rollbacks; and those that failed. */
  readonly changes: number;
  readonly failedChanges: number;
  /** `failedChanges` of `changes`; absent without changes. */
  readonly changeFailureRate?: number;
  /** From a failure to the next good deployment of the environment, rollbacks included. */
  readonly timeToRestore?: Spread;
  /** Environments whose last failure in the period is not restored. */
  readonly failing: number;
  /** Updates that arrived in the period, by their present state. */
  readonly states: Readonly<Partial<Record<DeploymentState, number>>>;
}

/** The counts of one route and environment on one day. */
export interface Entry {
  readonly day: string;
  /** As `updateKey` names it. */
  readonly cell: string;
  readonly counts: Counts;
}

export function entriesOf(tally: Tally): readonly Entry[] {
  return [...tally].flatMap(([day, cells]) => [...cells].map(([cell, counts]) => ({ day, cell, counts })));
}

/** @param days length of the period */
export function summarize(entries: readonly Entry[], days: number): Figures {
  const { plain, states, spreads, turns } = collect(entries);
  const restores = [...turns.values()].map(restoresOf);
  const timeToRestore = spreadOf(countEach(restores.flatMap(({ seconds }) => seconds)));
  return {
    deployments: plain.deployment,
    deploymentsPerDay: plain.deployment / days,
    durations: Object.fromEntries(
      durations.flatMap((of) => {
        const spread = spreadOf(spreads.get(of) ?? new Map());
        return spread ? [[of, spread]] : [];
      }),
    ),
    changes: plain.change,
    failedChanges: plain['failed-change'],
    ...(plain.change > 0 && { changeFailureRate: plain['failed-change'] / plain.change }),
    ...(timeToRestore && { timeToRestore }),
    failing: restores.filter(({ isFailing }) => isFailing).length,
    states: Object.fromEntries([...states].toSorted(([a], [b]) => (a < b ? -1 : 1))),
  };
}

interface Collected {
  readonly plain: Record<'deployment' | 'change' | 'failed-change', number>;
  readonly states: Map<DeploymentState, number>;
  readonly spreads: Map<Duration, Map<number, number>>;
  readonly turns: Map<string, Turn[]>;
}

function collect(entries: readonly Entry[]): Collected {
  const into: Collected = {
    plain: { deployment: 0, change: 0, 'failed-change': 0 },
    states: new Map(),
    spreads: new Map(),
    turns: new Map(),
  };
  for (const { day, cell, counts } of entries) {
    const startOfDay = Date.parse(day) / 1_000;
    for (const [key, number] of counts) addMeasure(readMeasure(key), number, { cell, startOfDay }, into);
  }
  return into;
}

function addMeasure(
  measure: Measure | undefined,
  number: number,
  { cell, startOfDay }: { readonly cell: string; readonly startOfDay: number },
  { plain, states, spreads, turns }: Collected,
): void {
  switch (measure?.kind) {
    case 'state':
      return add(states, measure.state, number);
    case 'duration': {
      const spread = spreads.get(measure.of) ?? new Map<number, number>();
      add(spread, measure.seconds, number);
      spreads.set(measure.of, spread);
      return;
    }
    case 'good':
    case 'bad': {
      const known = turns.get(cell) ?? [];
      known.push({ at: startOfDay + measure.secondOfDay, isGood: measure.kind === 'good' });
      turns.set(cell, known);
      return;
    }
    case 'deployment':
    case 'change':
    case 'failed-change':
      plain[measure.kind] += number;
      return;
    case undefined:
      return;
    default:
      return measure satisfies never;
  }
}

function add<K>(counts: Map<K, number>, key: K, number: number): void {
  counts.set(key, (counts.get(key) ?? 0) + number);
}

function countEach(values: readonly number[]): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const value of values) add(counts, value, 1);
  return counts;
}
