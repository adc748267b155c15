import { createHash } from 'node:crypto';

/** Keys may hold no slash, backslash, `#`, `?` or control character; percent signs confuse some clients. */
export function encodeKey(text: string): string {
  return encodeURIComponent(text).replaceAll('%', '=');
}

/** A key of Table Storage takes 1 KiB, which is 512 UTF-16 code units. */
const longestKey = 512;

/** A longer key ends with the hash of the whole. Names with non-ASCII letters reach the limit early: each takes up to 12. */
export function boundedKey(key: string): string {
  if (key.length <= longestKey) return key;
  return `${key.slice(0, longestKey - 65)}-${hashKey(key)}`;
}

/** Whether a key ends with a hash. */
export function isCut(key: string): boolean {
  return key.length === longestKey && /-[0-9a-f]{64}$/.test(key);
}

/** For keys that may be longer than the 1 KiB that Table Storage takes. */
export function hashKey(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
