import { isUtf8 } from 'node:buffer';

/**
 * Go's texts are bytes, and cutting one can leave a part of a character at either end. Such bytes are kept as lone surrogates
 * U+DC80 to U+DCFF, which no text in UTF-8 has.
 */
const firstLoneByte = 0xdc00;
const loneByte = /[\udc80-\udcff]/u;

/** Length in bytes, as Go's `len` counts. */
export function byteLength(text: string): number {
  return toBytes(text).length;
}

/** The first bytes of a text, or the last ones for a negative count, like sprig's `trunc`. */
export function truncate(count: number, text: string): string {
  const bytes = toBytes(text);
  if (bytes.length <= Math.abs(count)) return text;
  return fromBytes(count < 0 ? bytes.subarray(count) : bytes.subarray(0, count));
}

/** JSON as Go's `encoding/json` writes it: sorted keys, no white space, `<>&` and line separators escaped. */
export function toGoJson(value: unknown): string {
  if (value === undefined || value === null) return 'null';
  if (typeof value === 'string') return toJsonText(value);
  if (Array.isArray(value)) return `[${value.map(toGoJson).join(',')}]`;
  if (typeof value !== 'object') return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return `{${entries.map(([key, entry]) => `${toJsonText(key)}:${toGoJson(entry)}`).join(',')}}`;
}

function toJsonText(text: string): string {
  const parts = text.split(loneByte).map((part) => JSON.stringify(part).slice(1, -1));
  return `"${parts.join('\\ufffd').replace(/[<>&\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  })}"`;
}

function toBytes(text: string): Buffer {
  if (!loneByte.test(text)) return Buffer.from(text);
  const parts = Array.from(text, (character) =>
    loneByte.test(character) ? Buffer.from([character.charCodeAt(0) - firstLoneByte]) : Buffer.from(character),
  );
  return Buffer.concat(parts);
}

/** At most the first three and the last three bytes belong to characters that were cut. */
function fromBytes(bytes: Buffer): string {
  const cuts = [0, 1, 2, 3].flatMap((start) => [0, 1, 2, 3].map((end) => [start, bytes.length - end] as const));
  const whole = cuts.find(([start, end]) => start <= end && isUtf8(bytes.subarray(start, end)));
  if (whole === undefined) throw new RangeError('A text has bytes that are not UTF-8.');
  const [start, end] = whole;
  return toLone(bytes.subarray(0, start)) + bytes.toString('utf8', start, end) + toLone(bytes.subarray(end));
}

function toLone(bytes: Buffer): string {
  return [...bytes].map((byte) => String.fromCharCode(firstLoneByte + byte)).join('');
}
