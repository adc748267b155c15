import type { Period } from './period.ts';
import { summarize, summarizeDay } from './summarize.ts';
import type { DayFigures, Entry, Figures } from './summarize.ts';

export interface FiguresFilter {
  readonly route?: string;
  readonly environment?: string;
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
export function makeReport(counted: readonly Entry[], period: Period, filter: FiguresFilter = {}): Report {
  const isFiltered = filter.route !== undefined || filter.environment !== undefined;
  const entries = isFiltered ? counted.filter(({ cell }) => isWanted(nameOf(cell), filter)) : counted;
  return {
    period,
    total: summarize(entries, period.days),
    environments: groupBy(entries, ({ cell }) => cell).map(([cell, own]) =>
      Object.assign(nameOf(cell), summarize(own, period.days)),
    ),
    days: groupBy(entries, ({ day }) => day).map(([day, own]) => Object.assign({ day }, summarizeDay(own))),
  };
}

function isWanted({ route, environment }: EnvironmentName, filter: FiguresFilter): boolean {
  return (filter.route ?? route) === route && (filter.environment ?? environment) === environment;
}

function nameOf(cell: string): EnvironmentName {
  const [route = '', environment = ''] = cell.split('\n');
  return { route, environment };
}

function groupBy(entries: readonly Entry[], key: (entry: Entry) => string): readonly (readonly [string, Entry[]])[] {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const group = groups.get(key(entry));
    if (group) group.push(entry);
    else groups.set(key(entry), [entry]);
  }
  return [...groups].toSorted(([a], [b]) => (a < b ? -1 : 1));
}
