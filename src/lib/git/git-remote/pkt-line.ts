import { Failure } from '../../model/failure.ts';

/** A line of Git's protocol, or one of its marks ("gitprotocol-common" and "gitprotocol-v2" in Git's manual). */
export type PktLine = Buffer | 'flush' | 'delimiter';

const lengthDigits = 4;
const maxTextInError = 300;

/** A text as one line; line feeds are the caller's. */
export function pktLine(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  const length = (bytes.length + lengthDigits).toString(16).padStart(lengthDigits, '0');
  return Buffer.concat([Buffer.from(length, 'latin1'), bytes]);
}

/** Texts as lines, each with a line feed at its end. */
export function pktLines(texts: readonly string[]): Buffer[] {
  return texts.map((text) => pktLine(`${text}\n`));
}

export const flushPkt = Buffer.from('0000', 'latin1');
export const delimiterPkt = Buffer.from('0001', 'latin1');

/**
 * The lines of an answer; the buffers are views of it.
 *
 * @throws {Failure} `answer-not-understood` where it is no such thing, or cut off.
 */
export function parsePktLines(bytes: Buffer): PktLine[] {
  const lines: PktLine[] = [];
  for (let at = 0; at < bytes.length;) {
    const digits = bytes.toString('latin1', at, at + lengthDigits);
    const length = /^[0-9a-f]{4}$/i.test(digits) ? Number.parseInt(digits, 16) : Number.NaN;
    const isMark = length < lengthDigits;
    if (Number.isNaN(length) || length === 3 || at + (isMark ? lengthDigits : length) > bytes.length) {
      throw new Failure(
        'answer-not-understood',
        `The Git host's answer is cut off or is not Git's protocol: no whole line at byte ${at} of ${bytes.length}.`,
      );
    }
    if (isMark) lines.push(length === 1 ? 'delimiter' : 'flush');
    else lines.push(bytes.subarray(at + lengthDigits, at + length));
    at += isMark ? lengthDigits : length;
  }
  return lines;
}

/** The text of a line, without the line feed at its end. */
export function lineText(line: Buffer): string {
  return line.toString('utf8').replace(/\n$/, '');
}

/** The message of the other side: one line, no control characters, limited length. */
export function remoteMessage(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}]+/gu, ' ')
    .trim()
    .slice(0, maxTextInError);
}

/** The bands of an answer: data, and messages for people. */
export interface Bands {
  readonly data: Buffer;
  readonly messages: string;
  /** The other side ended the work, with a reason. */
  readonly fatal: string | undefined;
  /** Lines that are in no band. */
  readonly texts: readonly string[];
}

/** Takes apart the `side-band-64k` of an answer: the first byte of a line is its band ("gitprotocol-pack"). */
export function readBands(lines: readonly PktLine[]): Bands {
  const data: Buffer[] = [];
  const texts: string[] = [];
  let messages = '';
  let fatal: string | undefined;
  for (const line of lines) {
    if (typeof line === 'string') continue;
    const [band] = line;
    const rest = line.subarray(1);
    if (band === 1) data.push(rest);
    else if (band === 2) messages += rest.toString('utf8');
    else if (band === 3) fatal = `${fatal ?? ''}${rest.toString('utf8')}`;
    else texts.push(lineText(line));
  }
  return { data: Buffer.concat(data), messages, fatal, texts };
}
