import { dayOf } from './facts.ts';

/** Whole UTC days, the first and last included. */
export interface Period {
  readonly first: string;
  readonly last: string;
  readonly days: number;
}

const dayMs = 86_400_000;
/** The longest period. */
const mostDays = 400;
const defaultSince = '30d';

/**
 * Reads a period.
 *
 * @param since a number of days that end with `until`, as `30d`, or the first day, as `2026-11-01`
 * @param until the last day; today if absent
 * @returns the problem of a wrong one
 */
export function readPeriod(since = defaultSince, until: string | undefined, now: Date): Period | string {
  const last = until ?? dayOf(now);
  if (!isDay(last)) return `\`until\` is ${JSON.stringify(last)}; expected a day: 2026-11-30`;
  const [, count] = /^([1-9]\d{0,2})d$/.exec(since) ?? [];
  if (count === undefined && !isDay(since)) {
    return `\`since\` is ${JSON.stringify(since)}; expected a number of days (30d), or a day: 2026-11-01`;
  }
  const first = count === undefined ? since : dayOf(new Date(Date.parse(last) - (Number(count) - 1) * dayMs));
  const days = (Date.parse(last) - Date.parse(first)) / dayMs + 1;
  if (days < 1) return `\`since\` is after ${last}`;
  if (days > mostDays) return `the period has ${days} days; expected at most ${mostDays}`;
  return { first, last, days };
}

function isDay(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)) && dayOf(text) === text;
}
