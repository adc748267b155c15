import type { Window } from '../route.ts';
import { parseSchedule, type Schedule, startOfDay } from './schedule.ts';
import { instantOf, wallTime } from './wall-time.ts';

/** From `start` until before `end`, in milliseconds since 1970. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** The spans of a window that end after `from` and start before `to`: in order, apart from each other. */
export function* windowSpans(window: Window, from: number, to: number): Generator<Span, undefined> {
  if ('from' in window) {
    const span = { start: Date.parse(window.from), end: Date.parse(window.to) };
    if (span.end > from && span.start < to) yield span;
    return;
  }
  yield* joined(scheduledSpans(window, from, to));
}

/** The spans of several windows as one list. */
export function* unionSpans(windows: readonly Window[], from: number, to: number): Generator<Span, undefined> {
  yield* joined(inOrder(windows.map((window) => windowSpans(window, from, to))));
}

/** All lists in the order of starts. */
function* inOrder(lists: readonly Generator<Span, undefined>[]): Generator<Span, undefined> {
  const heads = lists.map((list) => ({ list, span: list.next().value }));
  for (;;) {
    const [first] = heads.filter(({ span }) => span).toSorted((a, b) => startOf(a.span) - startOf(b.span));
    if (!first?.span) return;
    yield first.span;
    first.span = first.list.next().value;
  }
}

function startOf(span: Span | undefined): number {
  return span?.start ?? Infinity;
}

/** Spans in the order of their starts, with those that touch as one. */
function* joined(spans: Iterable<Span>): Generator<Span, undefined> {
  let open: Span | undefined;
  for (const span of spans) {
    if (open && span.start <= open.end) {
      open = { start: open.start, end: Math.max(open.end, span.end) };
      continue;
    }
    if (open) yield open;
    open = span;
  }
  if (open) yield open;
}

type Scheduled = Extract<Window, { schedule: string }>;

/** A start lies at its wall time; the duration is elapsed time. */
function* scheduledSpans(window: Scheduled, from: number, to: number): Generator<Span, undefined> {
  const { timeZone } = window;
  const durationMs = window.durationSeconds * 1000;
  const { schedule, blocks } = blocksOf(window);
  // A wall time differs from its instant by less than a day.
  let day = schedule.nextDay(startOfDay(new Date(wallTime(new Date(from - durationMs), timeZone).getTime() - dayMs)));
  for (; day && day.getTime() < to + dayMs; day = schedule.nextDay(new Date(day.getTime() + dayMs))) {
    const midnight = instantOf(day, timeZone).getTime();
    const nextMidnight = instantOf(new Date(day.getTime() + dayMs), timeZone).getTime();
    const spans = nextMidnight - midnight === dayMs ? blocks.map((block) => shifted(block, midnight)) : unevenDay(day);
    for (const span of spans) if (span.end > from && span.start < to) yield span;
  }

  /** A day with a skipped or doubled hour. */
  function* unevenDay(wallDay: Date): Generator<Span> {
    for (const minute of schedule.minutes) {
      const start = instantOf(new Date(wallDay.getTime() + minute * minuteMs), timeZone).getTime();
      yield { start, end: start + durationMs };
    }
  }
}

function shifted({ start, end }: Span, by: number): Span {
  return { start: start + by, end: end + by };
}

interface Blocks {
  readonly schedule: Schedule;
  /** The spans of a day of 24 hours, from its midnight. */
  readonly blocks: readonly Span[];
}

const known = new Map<string, Blocks>();

function blocksOf({ schedule: text, durationSeconds }: Scheduled): Blocks {
  const key = `${durationSeconds} ${text}`;
  const found = known.get(key);
  if (found) return found;
  const schedule = parseSchedule(text);
  if (typeof schedule === 'string') throw new Error(`${text} ${schedule}`);
  const starts = schedule.minutes.map((minute) => minute * minuteMs);
  const blocks = [...joined(starts.map((start) => ({ start, end: start + durationSeconds * 1000 })))];
  known.set(key, { schedule, blocks });
  return { schedule, blocks };
}
