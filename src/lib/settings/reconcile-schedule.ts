/** Every ten minutes, 30 s after the full minute. */
const unset = '30 */10 * * * *';
/** The ranges of the fields of an NCRONTAB expression: second, minute, hour, day, month, day of the week. */
const fields: readonly (readonly [min: number, max: number])[] = [
  [0, 59],
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 6],
];

/** Reads `RECONCILE_SCHEDULE`: an NCRONTAB expression of six fields, or `off`, which is `undefined`. */
export function readReconcileSchedule(
  text: string | undefined,
  report: (setting: string, message: string) => void,
): string | undefined {
  if (text === undefined) return unset;
  if (text.toLowerCase() === 'off') return undefined;
  const given = text.split(/\s+/);
  if (given.length === fields.length && given.every((field, index) => isField(field, fields[index] ?? [0, 0]))) {
    return given.join(' ');
  }
  report(
    'RECONCILE_SCHEDULE',
    `found ${JSON.stringify(text)}; expected off, or six fields in numbers (second minute hour day month weekday) such as ${JSON.stringify(unset)}`,
  );
  return unset;
}

function isField(field: string, [min, max]: readonly [number, number]): boolean {
  return field.split(',').every((part) => {
    const [, from, to = from, step = '1'] = /^(?:\*|(\d{1,2})(?:-(\d{1,2}))?)(?:\/(\d{1,2}))?$/.exec(part) ?? [];
    if (from === undefined) return /^\*(?:\/[1-9]\d?)?$/.test(part);
    return Number(from) >= min && Number(to) <= max && Number(from) <= Number(to) && Number(step) > 0;
  });
}
