import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { AuthLevel } from './host-event.ts';

const ranks = { anonymous: 0, function: 1, admin: 2 } as const satisfies Record<AuthLevel, number>;

/** Whether a request with this key may call a function of this level. */
export type KeyCheck = (key: string | undefined, level: AuthLevel) => boolean;

/** The master key opens every level, a function key `function` only. Every key is compared, in constant time. */
export function createKeyCheck(masterKey: string, functionKeys: Readonly<Record<string, string>>): KeyCheck {
  const known = [
    { rank: ranks.admin, hash: digest(masterKey) },
    ...Object.values(functionKeys).map((key) => ({ rank: ranks.function, hash: digest(key) })),
  ];
  return (key, level) => {
    let rank: number = ranks.anonymous;
    // No key is never a key, not even where one was set to nothing.
    const given = key ? digest(key) : undefined;
    for (const { rank: other, hash } of known) {
      if (given !== undefined && timingSafeEqual(hash, given)) rank = Math.max(rank, other);
    }
    return rank >= ranks[level];
  };
}

/** The key of a request: the header `x-functions-key`, and only without that header the query's `code`. */
export function keyOf(request: IncomingMessage, query: URLSearchParams): string | undefined {
  const header = request.headers['x-functions-key'];
  return (Array.isArray(header) ? header[0] : header) ?? query.get('code') ?? undefined;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
