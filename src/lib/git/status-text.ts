import { createHash } from 'node:crypto';
import { shortenMiddle } from '../model/one-line.ts';

/** GitHub accepts no longer context, genre included. */
const longestName = 240;

/** The name of a status context: a long one is cut and stays unique. */
export function contextName(name: string): string {
  if (name.length <= longestName) return name;
  const rest = createHash('sha256').update(name).digest('hex').slice(0, 12);
  return `${name.slice(0, longestName - rest.length - 1)}~${rest}`;
}

/** The most characters of a description that every Git host accepts. */
export const longestDescription = 140;

/** A text on one line, without its middle if it is too long. */
export function fit(text: string, length: number): string {
  return shortenMiddle(text.replace(/\s+/g, ' ').trim(), length);
}
