const units = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const;

/** A span in its two largest units: `2 h 5 min`. */
export function formatSpan(milliseconds: number): string {
  let rest = Math.max(0, Math.round(milliseconds / 1_000));
  const parts: string[] = [];
  for (const [unit, seconds] of units) {
    const count = Math.floor(rest / seconds);
    if (count === 0 && parts.length === 0 && seconds > 1) continue;
    rest -= count * seconds;
    if (count > 0 || parts.length === 0) parts.push(`${count} ${unit}`);
    if (parts.length === 2 || unit === 's') break;
  }
  return parts.join(' ');
}

/** The age of a time in its largest unit: `5 min`. */
export function formatAge(at: string, now: number): string {
  const seconds = Math.max(0, Math.floor((now - Date.parse(at)) / 1_000));
  const [unit, size] = units.find(([, size]) => seconds >= size) ?? ['s', 1];
  return `${Math.floor(seconds / size)} ${unit}`;
}

/** Making a format takes longer than a thousand uses of it. */
const timeFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** Date and time of the reader's zone. */
export function formatTime(at: string): string {
  const time = Date.parse(at);
  return Number.isNaN(time) ? at : timeFormat.format(time);
}

/** A text with its times in the reader's zone. */
export function localTimes(text: string): string {
  return text.replace(/\b\d{4}-\d\d-\d\dT[\d:.]+Z/g, formatTime);
}
