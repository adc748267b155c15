import { makeFigureTable } from './figure-table.ts';
import type { DayColumns, Grouping } from './figure-table.ts';
import type { Period } from './period.ts';
import { makeSummarize, summarizeRestores } from './summarize.ts';
import type { DayFigures, RestoreFigures } from './summarize.ts';

export interface FiguresFilter {
  readonly route?: string;
  readonly environment?: string;
}

/** Figures of a period. */
export interface Figures extends DayFigures, RestoreFigures {
  readonly deploymentsPerDay: number;
}

/** Figures of a period: over all, for each route and environment, and for each day. */
export interface Report {
  readonly period: Period;
  readonly total: Figures;
  readonly environments: readonly (EnvironmentName & Figures)[];
  readonly days: readonly ({ readonly day: string } & DayFigures)[];
}

export interface EnvironmentName {
  readonly route: string;
  readonly environment: string;
}

/** @param counted the days of the period */
export function makeReport(counted: readonly DayColumns[], period: Period, filter: FiguresFilter = {}): Report {
  const table = makeFigureTable(counted, (cell) => isWanted(nameOf(cell), filter));
  const summarize = makeSummarize(table);
  const restores = summarizeRestores(table);
  const figures = (own: DayFigures | undefined, restored: RestoreFigures | undefined): Figures => {
    if (!own || !restored) throw new Error('each group has figures');
    return { deploymentsPerDay: own.deployments / period.days, ...own, ...restored };
  };
  const [ofCells, ofDays] = [summarize(table.byCell), summarize(table.byDay)];
  return {
    period,
    total: figures(summarize(table.all)[0], restores.total),
    environments: sortedNames(table.byCell).map(([cell, index]) =>
      Object.assign(nameOf(cell), figures(ofCells[index], restores.ofCells[index])),
    ),
    days: sortedNames(table.byDay).map(([day, index]) => Object.assign({ day }, ofDays[index])),
  };
}

function isWanted({ route, environment }: EnvironmentName, filter: FiguresFilter): boolean {
  return (filter.route ?? route) === route && (filter.environment ?? environment) === environment;
}

function nameOf(cell: string): EnvironmentName {
  const [route = '', environment = ''] = cell.split('\n');
  return { route, environment };
}

/** The names of groups with their indexes, in the order of the names. */
function sortedNames({ names }: Grouping): readonly (readonly [string, number])[] {
  return names.map((name, index) => [name, index] as const).toSorted(([a], [b]) => (a < b ? -1 : 1));
}
