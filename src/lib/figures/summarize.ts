import { deploymentStates } from '../model/deployment.ts';
import type { DeploymentState } from '../model/deployment.ts';
import { groupCounts } from './grouped.ts';
import type { Grouped } from './grouped.ts';
import { measureKey } from './measure-key.ts';
import { restoresOf } from './restores.ts';
import type { Turn } from './restores.ts';
import { spreadOf } from './spread.ts';
import type { Spread } from './spread.ts';
import { durations } from './steps.ts';
import type { Duration } from './steps.ts';
import type { Tally } from './tally.ts';

/** Figures of a day: see docs/figures.md. A spread without durations is absent. */
export interface DayFigures {
  /** Deployments that reached their goal, without rollbacks. */
  readonly deployments: number;
  readonly durations: Readonly<Partial<Record<Duration, Spread>>>;
  /** Deployments that reached their goal or failed, without rollbacks; and those that failed. */
  readonly changes: number;
  readonly failedChanges: number;
  /** `failedChanges` of `changes`; absent without changes. */
  readonly changeFailureRate?: number;
  /** Updates that arrived, by their present state. */
  readonly states: Readonly<Partial<Record<DeploymentState, number>>>;
}

/** Figures of a period. */
export interface Figures extends DayFigures {
  readonly deploymentsPerDay: number;
  /** From a failure to the next good deployment of the environment, rollbacks included. */
  readonly timeToRestore?: Spread;
  /** Environments whose last failure in the period is not restored. */
  readonly failing: number;
}

/** The counts of one route and environment on one day. */
export interface Entry {
  readonly day: string;
  /** As `updateKey` names it. */
  readonly cell: string;
  readonly grouped: Grouped;
}

export function entriesOf(tally: Tally): readonly Entry[] {
  return [...tally].flatMap(([day, cells]) =>
    [...cells].map(([cell, counts]) => ({ day, cell, grouped: groupCounts(counts) })),
  );
}

/** @param days length of the period */
export function summarize(entries: readonly Entry[], days: number): Figures {
  const figures = summarizeDay(entries);
  const restores = [...turnsOf(entries).values()].map(restoresOf);
  const timeToRestore = spreadOf(restores.map(({ seconds }) => seconds));
  return {
    ...figures,
    deploymentsPerDay: figures.deployments / days,
    ...(timeToRestore && { timeToRestore }),
    failing: restores.filter(({ isFailing }) => isFailing).length,
  };
}

/** The figures without restores, which can take longer than a day. */
export function summarizeDay(entries: readonly Entry[]): DayFigures {
  const plain = sumPlain(entries);
  const [deployments = 0, changes = 0, failedChanges = 0] = (['deployment', 'change', 'failed-change'] as const).map(
    (kind) => plain.get(measureKey({ kind })),
  );
  return {
    deployments,
    durations: Object.fromEntries(
      durations.flatMap((of, list) => {
        const spread = spreadOf(entries.map(({ grouped }) => grouped.lists[list] ?? []));
        return spread ? [[of, spread]] : [];
      }),
    ),
    changes,
    failedChanges,
    ...(changes > 0 && { changeFailureRate: failedChanges / changes }),
    states: Object.fromEntries(
      deploymentStates.flatMap((state) => {
        const count = plain.get(measureKey({ kind: 'state', state }));
        return count === undefined ? [] : [[state, count]];
      }),
    ),
  };
}

function sumPlain(entries: readonly Entry[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const { grouped } of entries) {
    const { plain } = grouped;
    for (const key of Object.keys(plain)) sums.set(key, (sums.get(key) ?? 0) + (plain[key] ?? 0));
  }
  return sums;
}

/** The good and failed deployments of each route and environment. */
function turnsOf(entries: readonly Entry[]): ReadonlyMap<string, readonly Turn[]> {
  const turns = new Map<string, Turn[]>();
  for (const { day, cell, grouped } of entries) {
    const startOfDay = Date.parse(day) / 1_000;
    const known = turns.get(cell) ?? [];
    for (const second of grouped.lists['+'] ?? []) known.push({ at: startOfDay + second, isGood: true });
    for (const second of grouped.lists['-'] ?? []) known.push({ at: startOfDay + second, isGood: false });
    turns.set(cell, known);
  }
  return turns;
}
