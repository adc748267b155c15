import { createHash } from 'node:crypto';

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

/** Cuts a text to a length, at a whole character. */
export function fit(text: string, length: number): string {
  const line = text.replace(/\s+/g, ' ').trim();
  if (line.length <= length) return line;
  return `${line.slice(0, length - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
