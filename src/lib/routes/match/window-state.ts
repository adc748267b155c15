import type { Window } from '../route.ts';
import { parseSchedule } from './schedule.ts';
import { instantOf, wallTime } from './wall-time.ts';

/** Whether windows let an environment be written at a time. */
export type WindowState =
  | { readonly isOpen: true }
  | {
      readonly isOpen: false;
      /** For people. */
      readonly reason: string;
      /** When it opens; absent if it stays closed for a year. */
      readonly opens?: Date;
    };

/** A write needs this time: a window has to stay open as long. */
const marginMs = 60_000;
const minuteMs = 60_000;
const yearMs = 366 * 24 * 60 * 60 * 1000;
/** Steps of the search for an opening. Each step is a closure or a pause between openings. */
const maxSteps = 20_000;

/** The state of windows at a time: open then and for a minute more, or closed until the next opening. */
export function windowState(windows: readonly Window[], time: Date): WindowState {
  const closed = margin(time.getTime()).flatMap((at) => closedBy(windows, at) ?? []);
  const [reason] = closed;
  if (reason === undefined) return { isOpen: true };
  const opens = nextOpening(windows, time);
  return { isOpen: false, reason, ...(opens && { opens }) };
}

/** Whether windows are open at an instant. */
export function isOpenAt(windows: readonly Window[], time: number): boolean {
  return closedBy(windows, time) === undefined;
}

/** Starts lie at whole minutes, so these instants show every closure within the margin. */
function margin(time: number): readonly number[] {
  const minute = Math.ceil(time / minuteMs) * minuteMs;
  return [time, Math.max(time, minute - 1), minute, time + marginMs];
}

/** Why the windows are closed at an instant; `undefined` if they are open. */
function closedBy(windows: readonly Window[], time: number): string | undefined {
  const deny = windows.find((window) => window.kind === 'deny' && spanAt(window, time) !== undefined);
  if (deny) return describe(deny);
  const allows = windows.filter(({ kind }) => kind === 'allow');
  if (allows.length === 0 || allows.some((window) => spanAt(window, time) !== undefined)) return undefined;
  return 'no allow window is open';
}

function describe(window: Window): string {
  if ('from' in window) return `closed until ${window.to}${window.reason === undefined ? '' : ` (${window.reason})`}`;
  return `a deny window is open (${window.schedule} ${window.timeZone})`;
}

/** The first time from which the windows stay open for the margin, within a year. */
function nextOpening(windows: readonly Window[], after: Date): Date | undefined {
  const last = after.getTime() + yearMs;
  let time = after.getTime();
  for (let step = 0; step < maxSteps && time <= last; step += 1) {
    const shut = margin(time).find((at) => closedBy(windows, at) !== undefined);
    if (shut === undefined) return new Date(time);
    const next = nextChance(windows, shut);
    if (next === undefined) return undefined;
    time = next;
  }
  return undefined;
}

/** The end of the closures at an instant, or else the next start of an allow window. */
function nextChance(windows: readonly Window[], time: number): number | undefined {
  const ends = windows.flatMap((window) => (window.kind === 'deny' ? (spanAt(window, time) ?? []) : []));
  if (ends.length > 0) return Math.max(...ends);
  const starts = windows.flatMap((window) => (window.kind === 'allow' ? (nextStart(window, time) ?? []) : []));
  return starts.length === 0 ? undefined : Math.min(...starts);
}

/** The end of a window's last start, if the window is open at an instant: a start lies in (time - duration, time]. */
function spanAt(window: Window, time: number): number | undefined {
  if ('from' in window) {
    const [from, to] = [Date.parse(window.from), Date.parse(window.to)];
    return from <= time && time < to ? to : undefined;
  }
  const schedule = scheduleOf(window.schedule);
  // In a doubled hour the wall time goes back: the last start may have a later wall time.
  let wall: Date | undefined = new Date(wallTime(new Date(time), window.timeZone).getTime() + 3 * 3_600_000);
  for (wall = schedule.last(wall); wall; wall = schedule.last(new Date(wall.getTime() - minuteMs))) {
    const start = instantOf(wall, window.timeZone).getTime();
    if (start > time) continue;
    const end = start + window.durationSeconds * 1000;
    return end > time ? end : undefined;
  }
  return undefined;
}

function nextStart(window: Window, time: number): number | undefined {
  if ('from' in window) return undefined;
  const schedule = scheduleOf(window.schedule);
  let wall: Date | undefined = new Date(wallTime(new Date(time), window.timeZone).getTime() - 3 * 3_600_000);
  for (wall = schedule.next(wall); wall; wall = schedule.next(wall)) {
    const start = instantOf(wall, window.timeZone).getTime();
    if (start > time) return start;
  }
  return undefined;
}

const schedules = new Map<string, Exclude<ReturnType<typeof parseSchedule>, string>>();

function scheduleOf(text: string): Exclude<ReturnType<typeof parseSchedule>, string> {
  const known = schedules.get(text);
  if (known) return known;
  const schedule = parseSchedule(text);
  if (typeof schedule === 'string') throw new Error(`${text} ${schedule}`);
  schedules.set(text, schedule);
  return schedule;
}
