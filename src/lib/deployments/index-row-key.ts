import { createHash } from 'node:crypto';
import type { Deployment } from '../model/deployment.ts';

/** The key of a record in lists, the newest first. It begins with the time of the first insert, which no change moves. */
export function indexRowKey({ states, update }: Pick<Deployment, 'states' | 'update'>): string {
  return `${invertedTime(states[0]?.at ?? update.pushedAt)}-${update.id}`;
}

/** Digits that sort the newest first; good until the year 2286. */
export function invertedTime(at: string): string {
  return String(9_999_999_999_999 - Date.parse(at)).padStart(13, '0');
}

/** Names a text of any length in a key, in hexadecimal digits. */
export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 40);
}
