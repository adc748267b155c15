interface Spread {
  readonly count: number;
  readonly median: number;
  readonly p90: number;
}

export interface Figures {
  readonly deployments: number;
  readonly changes: number;
  readonly failedChanges: number;
  readonly changeFailureRate?: number;
  readonly durations: Readonly<Record<string, Spread | undefined>>;
}

export interface PeriodFigures extends Figures {
  readonly deploymentsPerDay: number;
  readonly timeToRestore?: Spread;
  readonly failing: number;
}

/** Figures as `GET /api/metrics` answers them. */
export interface Report {
  readonly period: { readonly first: string; readonly last: string; readonly days: number };
  readonly total: PeriodFigures;
  readonly environments: readonly (PeriodFigures & { readonly route: string; readonly environment: string })[];
  readonly days: readonly (Figures & { readonly day: string })[];
}

/** Every day of the period, the oldest first; days without figures count nothing. */
export function daysOf({ period, days }: Pick<Report, 'period' | 'days'>): readonly {
  readonly day: string;
  readonly good: number;
  readonly failed: number;
}[] {
  const known = new Map(days.map((one) => [one.day, one]));
  const first = Date.parse(`${period.first}T00:00:00Z`);
  return Array.from({ length: period.days }, (_, index) => {
    const day = new Date(first + index * 86_400_000).toISOString().slice(0, 10);
    const { deployments: good = 0, failedChanges: failed = 0 } = known.get(day) ?? {};
    return { day, good, failed };
  });
}
