import { Cron } from 'croner';

/** The wall times that a cron schedule names, as if they were UTC. */
export interface Schedule {
  /** The last at or before a wall time; `undefined` if there is none. */
  readonly last: (wall: Date) => Date | undefined;
  /** The first after a wall time; `undefined` if there is none. */
  readonly next: (wall: Date) => Date | undefined;
}

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
  const next = (wall: Date): Date | undefined => cron.nextRun(wall) ?? undefined;
  if (!next(new Date(0))) return `names no time that ever comes; ${expected}`;
  return {
    next,
    last: (wall) => (cron.match(wall) ? startOfMinute(wall) : cron.previousRuns(1, wall)[0]),
  };
}

function startOfMinute(wall: Date): Date {
  return new Date(Math.floor(wall.getTime() / 60_000) * 60_000);
}
