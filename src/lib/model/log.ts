export type LogLevel = 'info' | 'warn' | 'error';
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Writes one event with its fields. Fields never hold payloads, tokens, or URLs with keys. */
export type Log = (level: LogLevel, event: string, fields?: LogFields) => void;

const maxValueLength = 500;

/**
 * One line in logfmt: `committed route=shop/api environment=dev ms=41`. Values that hold spaces, quotes or control
 * characters are written as JSON strings, so that nothing out of a payload can end a line or look like a field.
 */
export function formatLogLine(event: string, fields: LogFields = {}): string {
  const parts = [event];
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) parts.push(`${name}=${formatValue(String(value))}`);
  }
  return parts.join(' ');
}

function formatValue(value: string): string {
  const short = value.length > maxValueLength ? `${value.slice(0, maxValueLength)}…` : value;
  return /^[^\s"=\p{C}]+$/u.test(short)
    ? short
    : JSON.stringify(short).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, escapeCharacter);
}

/** JSON does not escape some invisible characters, line separators among them. */
function escapeCharacter(character: string): string {
  return Array.from(
    { length: character.length },
    (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`,
  ).join('');
}

/** Reads a line that `formatLogLine` wrote; `undefined` where it is another. */
export function parseLogLine(line: string): { event: string; fields: Record<string, string> } | undefined {
  const [event, ...rest] = line.split(' ');
  if (event === undefined || !/^[a-z][a-z-]*$/.test(event)) return undefined;
  const fields: Record<string, string> = {};
  for (const [, name = '', quoted, plain = ''] of rest
    .join(' ')
    .matchAll(/([A-Za-z]+)=(?:("(?:[^"\\]|\\.)*")|(\S*))/g)) {
    fields[name] = quoted === undefined ? plain : String(JSON.parse(quoted));
  }
  return { event, fields };
}
