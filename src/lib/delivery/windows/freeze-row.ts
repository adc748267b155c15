import { boundedKey, encodeKey, isCut } from '../../storage/row-key.ts';
import type { InvalidRow } from '../../storage/table-errors.ts';
import type { Freeze, FreezeKey } from './freeze.ts';

/** Held updates are planned again this long after each plan, so they go on once the row is repaired. */
const closedForMs = 60 * 60_000;

export function rowKey({ environment = '', route = '' }: FreezeKey): string {
  return boundedKey(`${encodeKey(environment)}|${encodeKey(route)}`);
}

/**
 * The freeze of a row of an unknown shape: it closes what the key of the row names until a person lifts it. A key that was
 * cut names nothing, so everything is closed.
 */
export function unreadableFreeze({ rowKey: key, problem }: InvalidRow, now: Date): Freeze {
  return {
    ...keyOf(key),
    until: new Date(now.getTime() + closedForMs).toISOString(),
    reason: `the row of this freeze cannot be read (${problem}), so it stays in force until it is lifted: npx tagrelay unfreeze`,
    actor: 'unknown',
    at: new Date(0).toISOString(),
  };
}

function keyOf(key: string): FreezeKey {
  const [environment, route, ...others] = key.split('|').map(decodeKey);
  if (isCut(key) || environment === undefined || route === undefined || others.length > 0) return {};
  return { ...(environment !== '' && { environment }), ...(route !== '' && { route }) };
}

function decodeKey(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('=', '%'));
  } catch {
    return undefined;
  }
}
