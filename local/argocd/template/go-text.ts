import { isUtf8 } from 'node:buffer';

/**
 * Go's texts are bytes, and cutting one may leave a part of a character at its end. Such bytes are kept as lone surrogates
 * U+DC80 to U+DCFF, which no text in UTF-8 has.
 */
const firstLoneByte = 0xdc00;
const loneByte = /[\udc80-\udcff]/u;

/** Length in bytes, as Go's `len` counts. */
export function byteLength(text: string): number {
  return toBytes(text).length;
}

/** The first bytes of a text, as sprig's `trunc` gives them. */
export function truncate(count: number, text: string): string {
  if (count < 0) throw new RangeError('trunc of the end of a text is not supported.');
  const bytes = toBytes(text);
  return bytes.length > count ? fromBytes(bytes.subarray(0, count)) : text;
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

/** Of invalid UTF-8, at most the last three bytes belong to a cut character. */
function fromBytes(bytes: Buffer): string {
  const whole = [0, 1, 2, 3].map((cut) => bytes.length - cut).find((end) => isUtf8(bytes.subarray(0, end)));
  if (whole === undefined) throw new RangeError('A text is cut at its beginning, which is not supported.');
  const cut = [...bytes.subarray(whole)].map((byte) => String.fromCharCode(firstLoneByte + byte));
  return bytes.toString('utf8', 0, whole) + cut.join('');
}
