import { Cron } from 'croner';

/** The wall times that a cron schedule names, as if they were UTC. */
export interface Schedule {
  /** The minutes of a day with starts, ascending: cron fields of the time do not depend on the day. */
  readonly minutes: readonly number[];
  /** The first day with starts, at or after a day; `undefined` if there is none. Days are wall times at 00:00. */
  readonly nextDay: (day: Date) => Date | undefined;
}

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/**
 * A schedule of five cron fields. Wall times have no time zone, so that the caller decides about skipped and doubled hours.
 *
 * @returns the problem, if there is one
 */
export function parseSchedule(text: string): Schedule | string {
  const expected = "expected five fields: minute, hour, day of month, month, day of week, such as '0 8 * * 1-5'";
  if (text.trim().split(/\s+/).length !== 5) return `is not a cron schedule; ${expected}`;
  let cron: Cron;
  try {
    cron = new Cron(text, { timezone: 'UTC', paused: true, mode: '5-part' });
  } catch (error) {
    return `is not a cron schedule (${error instanceof Error ? error.message : String(error)}); ${expected}`;
  }
  const nextDay = (day: Date): Date | undefined => {
    const start = cron.nextRun(new Date(day.getTime() - 1));
    return start ? startOfDay(start) : undefined;
  };
  const first = nextDay(new Date(0));
  if (!first) return `names no time that ever comes; ${expected}`;
  return { minutes: minutesOf(cron, first.getTime()), nextDay };
}

function minutesOf(cron: Cron, day: number): readonly number[] {
  const minutes: number[] = [];
  for (
    let start = cron.nextRun(new Date(day - 1));
    start && start.getTime() < day + dayMs;
    start = cron.nextRun(start)
  ) {
    minutes.push((start.getTime() - day) / minuteMs);
  }
  return minutes;
}

/** 00:00 of the day of a wall time. */
export function startOfDay(wall: Date): Date {
  return new Date(Math.floor(wall.getTime() / dayMs) * dayMs);
}
