/** The next time, in UTC, that is later than the given one and that a schedule names; undefined where there is none. */
export type NextOccurrence = (after: Date) => Date | undefined;

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly words?: readonly string[];
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const fields = [
  { name: 'second', min: 0, max: 59 },
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'day', min: 1, max: 31 },
  { name: 'month', min: 1, max: 12, words: months },
  { name: 'day of the week', min: 0, max: 6, words: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] },
] as const satisfies readonly Field[];

const lastYear = 8;

/**
 * Reads an NCRONTAB expression: second, minute, hour, day, month and day of the week (0 is Sunday), or five fields without
 * the seconds. Unlike in Unix cron, a day must match both the day field and the day of the week. Throws a `RangeError` that
 * names the field.
 */
export function parseCron(expression: string): NextOccurrence {
  const texts = expression.trim().split(/\s+/u);
  if (texts.length === 5) texts.unshift('0');
  if (texts.length !== 6)
    throw new RangeError(`it has ${texts.length} fields; expected 6: ${fields.map(({ name }) => name).join(', ')}`);
  const sets = fields.map((field, index) => parseField(field, texts[index] ?? ''));
  const has = (index: number, value: number): boolean => sets[index]?.has(value) ?? false;
  return (after) => {
    const at = new Date(Math.floor(after.getTime() / 1000) * 1000 + 1000);
    // February 29 may be eight years away.
    const end = Date.UTC(at.getUTCFullYear() + lastYear + 1, 0, 1);
    while (at.getTime() < end) {
      if (!has(4, at.getUTCMonth() + 1)) at.setTime(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1));
      else if (!has(3, at.getUTCDate()) || !has(5, at.getUTCDay())) at.setUTCHours(24, 0, 0, 0);
      else if (!has(2, at.getUTCHours())) at.setUTCHours(at.getUTCHours() + 1, 0, 0, 0);
      else if (!has(1, at.getUTCMinutes())) at.setUTCMinutes(at.getUTCMinutes() + 1, 0, 0);
      else if (!has(0, at.getUTCSeconds())) at.setUTCSeconds(at.getUTCSeconds() + 1, 0);
      else return at;
    }
    return undefined;
  };
}

function parseField(field: Field, text: string): ReadonlySet<number> {
  const values = new Set<number>();
  for (const part of text.split(',')) {
    const match = /^(?:(?<any>\*)|(?<from>\w+)(?:-(?<to>\w+))?)(?:\/(?<step>\d+))?$/u.exec(part)?.groups;
    const step = Number(match?.['step'] ?? 1);
    if (match === undefined || step === 0) throw new RangeError(`the ${field.name} "${part}" cannot be read`);
    const from = match['any'] === undefined ? valueOf(field, match['from'] ?? '') : field.min;
    // A single value with a step counts from there to the end.
    const open = match['any'] !== undefined || (match['step'] !== undefined && match['to'] === undefined);
    const to = match['to'] === undefined ? (open ? field.max : from) : valueOf(field, match['to']);
    if (to < from) throw new RangeError(`the ${field.name} "${part}" ends before it begins`);
    for (let value = from; value <= to; value += step) values.add(value);
  }
  return values;
}

function valueOf({ name, min, max, words }: Field, text: string): number {
  const word = text.length < 3 ? -1 : (words ?? []).indexOf(text.slice(0, 3).toLowerCase());
  const value = word === -1 ? Number(text) : word + min;
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new RangeError(`the ${name} "${text}" is not between ${min} and ${max}`);
}
