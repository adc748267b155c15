import { createHash } from 'node:crypto';

/** A GUID that is the same for the same name on every run, so that URLs and records outlive a restart. */
export function guidOf(kind: string, ...names: readonly string[]): string {
  const hash = createHash('sha256')
    .update([kind, ...names].join('\0').toLowerCase())
    .digest('hex');
  const variant = ((Number.parseInt(hash.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `5${hash.slice(13, 16)}`,
    `${variant}${hash.slice(17, 20)}`,
    hash.slice(20, 32),
  ].join('-');
}

export function isGuid(text: string): boolean {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}
