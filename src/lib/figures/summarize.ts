import { deploymentStates } from '../model/deployment.ts';
import type { DeploymentState } from '../model/deployment.ts';
import type { Measure } from './facts.ts';
import { splitColumn } from './figure-table.ts';
import type { Column, FigureTable, Grouping } from './figure-table.ts';
import { measureKey } from './measure-key.ts';
import { restoresOf, turnAt } from './restores.ts';
import { spreadOf } from './spread.ts';
import type { Spread } from './spread.ts';
import { durations } from './steps.ts';
import type { Duration } from './steps.ts';

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

/** Failures of environments that ended or not. */
export interface RestoreFigures {
  /** From a failure to the next good deployment of the environment, rollbacks included. */
  readonly timeToRestore?: Spread;
  /** Environments whose last failure in the period is not restored. */
  readonly failing: number;
}

/** The figures of each group, without restores, which can take longer than a day. */
export type Summarize = (grouping: Grouping) => readonly DayFigures[];

/** Reads the columns once for any number of groupings. */
export function makeSummarize(table: FigureTable): Summarize {
  const columns = durations.map((_, list) => table.column(String(list)));
  return (grouping) => {
    const split = columns.map((column) => splitColumn(column, grouping));
    const sums = (measure: Measure): Float64Array => table.sum(measureKey(measure), grouping);
    const [deployments, changes, failed] = [
      sums({ kind: 'deployment' }),
      sums({ kind: 'change' }),
      sums({ kind: 'failed-change' }),
    ];
    const states = deploymentStates.map((state) => [state, sums({ kind: 'state', state })] as const);
    return grouping.names.map((_, group) => {
      const spreads = durations.flatMap((of, list) => {
        const spread = spreadOf(split[list]?.[group] ?? new Uint32Array());
        return spread ? [[of, spread] as const] : [];
      });
      const counts = states.flatMap(([state, ofGroups]) => {
        const count = ofGroups[group] ?? 0;
        return count === 0 ? [] : [[state, count] as const];
      });
      const [changed, failedChanges] = [changes[group] ?? 0, failed[group] ?? 0];
      return {
        deployments: deployments[group] ?? 0,
        durations: Object.fromEntries(spreads),
        changes: changed,
        failedChanges,
        ...(changed > 0 && { changeFailureRate: failedChanges / changed }),
        states: Object.fromEntries(counts),
      };
    });
  };
}

/** @returns the restores of each route and environment, and over all */
export function summarizeRestores(table: FigureTable): {
  readonly total: RestoreFigures;
  readonly ofCells: readonly RestoreFigures[];
} {
  const [good, bad] = [true, false].map((isGood) => splitColumn(turnColumn(table, isGood), table.byCell));
  const restores = table.byCell.names.map((_, cell) => restoresOf(joined(good?.[cell], bad?.[cell])));
  const all = restores.flatMap(({ seconds }) => seconds);
  return {
    total: restoreFigures(all, restores.filter(({ isFailing }) => isFailing).length),
    ofCells: restores.map(({ seconds, isFailing }) => restoreFigures(seconds, Number(isFailing))),
  };
}

function restoreFigures(seconds: readonly number[], failing: number): RestoreFigures {
  const timeToRestore = spreadOf(Uint32Array.from(seconds));
  return { ...(timeToRestore && { timeToRestore }), failing };
}

function joined(some: Uint32Array = new Uint32Array(), others: Uint32Array = new Uint32Array()): Uint32Array {
  const all = new Uint32Array(some.length + others.length);
  all.set(some);
  all.set(others, some.length);
  return all;
}

/** The good or failed deployments. Their seconds count from the first day. */
function turnColumn(table: FigureTable, isGood: boolean): Column {
  const first = Math.min(...table.byDay.names.map(startOf));
  return table.column(isGood ? '+' : '-', (day) => {
    const start = startOf(day) - first;
    return (second) => turnAt(start + second, isGood);
  });
}

/** In seconds. */
function startOf(day: string): number {
  return Date.parse(day) / 1_000;
}
