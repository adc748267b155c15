/** Whether the runtime knows a time zone. */
export function isTimeZone(name: string): boolean {
  try {
    formatFor(name);
    // Offsets such as `+02:00` have no daylight saving time: they are hardly ever meant.
    return !/^[+-]/.test(name);
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatFor(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formats.set(timeZone, format);
  return format;
}

/** The wall time of an instant in a time zone, as if it were UTC. */
export function wallTime(instant: Date, timeZone: string): Date {
  const parts = new Map(
    formatFor(timeZone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0;
  return new Date(Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second')));
}

const dayMs = 24 * 60 * 60 * 1000;

/**
 * The instant of a wall time: of a doubled hour the first, of a skipped hour the first instant after it.
 */
export function instantOf(wall: Date, timeZone: string): Date {
  const offsetAt = (time: number): number => {
    const instant = Math.floor(time / 1000) * 1000;
    return wallTime(new Date(instant), timeZone).getTime() - instant;
  };
  const before = offsetAt(wall.getTime() - dayMs);
  const after = offsetAt(wall.getTime() + dayMs);
  // With the larger offset comes the earlier instant.
  for (const offset of [Math.max(before, after), Math.min(before, after)]) {
    const instant = wall.getTime() - offset;
    if (offsetAt(instant) === offset) return new Date(instant);
  }
  return transition(wall.getTime() - Math.max(before, after), wall.getTime() - Math.min(before, after), offsetAt);
}

/** The first instant with another offset than `from`. */
function transition(from: number, to: number, offsetAt: (time: number) => number): Date {
  const start = offsetAt(from);
  let [low, high] = [from, to];
  while (high - low > 1000) {
    const middle = Math.floor((low + high) / 2000) * 1000;
    if (offsetAt(middle) === start) low = middle;
    else high = middle;
  }
  return new Date(high);
}
