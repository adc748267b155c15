import { places } from './fleet.ts';
import type { WindowRule } from './fleet.ts';

/** From `start` until before `end`, in milliseconds since 1970. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
/** The clocks of no zone are further from UTC. */
const farthestMs = 15 * 60 * minuteMs;

/** Whether rules let an environment be written at a time: an independent reading of rule 23. */
export function isOpenAt(rules: readonly WindowRule[], time: number): boolean {
  const matching = rules.filter((rule) =>
    spansAround(rule, time).some(({ start, end }) => start <= time && time < end),
  );
  if (matching.some(({ kind }) => kind === 'deny')) return false;
  return rules.every(({ kind }) => kind === 'deny') || matching.length > 0;
}

function spansAround(rule: WindowRule, time: number): readonly Span[] {
  const today = Math.floor(time / dayMs);
  return [-2, -1, 0, 1].flatMap((day) => spanOf(rule, today + day) ?? []);
}

const known = new Map<string, Span | undefined>();

/** The span that starts on a day of the calendar: at the first instant whose wall time is not before the rule's. */
function spanOf(rule: WindowRule, day: number): Span | undefined {
  const key = `${day} ${JSON.stringify(rule)}`;
  if (!known.has(key)) known.set(key, findSpan(rule, day));
  return known.get(key);
}

function findSpan({ days, hour, minute, timeZone, durationMinutes }: WindowRule, day: number): Span | undefined {
  if (!days.includes(new Date(day * dayMs).getUTCDay())) return undefined;
  const wanted = day * dayMs + (hour * 60 + minute) * minuteMs;
  const [early, late] = [wanted - farthestMs, wanted + farthestMs].map((time) => wanted - offsetAt(time, timeZone));
  // On a day without a change both are the same.
  const from = Math.min(early ?? 0, late ?? 0) - 2 * 60 * minuteMs;
  for (let time = from; ; time += minuteMs) {
    if (early === late) time = early ?? 0;
    if (time + offsetAt(time, timeZone) >= wanted) return { start: time, end: time + durationMinutes * minuteMs };
  }
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** What the wall clocks of a zone are ahead of UTC, in milliseconds. */
function offsetAt(time: number, timeZone: string): number {
  const format =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
    });
  formats.set(timeZone, format);
  const part = Object.fromEntries(format.formatToParts(time).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute) - Math.floor(time / minuteMs) * minuteMs;
}

/** How often the clocks of each zone of the fleet were changed within a time. */
export function clockChanges(from: number, to: number): ReadonlyMap<string, number> {
  const zones = new Set(places.flatMap(({ windows }) => windows.map(({ timeZone }) => timeZone)));
  const count = (zone: string): number => {
    let changes = 0;
    for (let time = from; time < to; time += dayMs) {
      if (offsetAt(time, zone) !== offsetAt(Math.min(time + dayMs, to), zone)) changes += 1;
    }
    return changes;
  };
  return new Map([...zones].map((zone) => [zone, count(zone)]));
}
