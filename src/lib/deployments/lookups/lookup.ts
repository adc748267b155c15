import { createHash } from 'node:crypto';
import type { Deployment } from '../../model/deployment.ts';
import { indexRowKey } from '../index-row-key.ts';

/** A value that records are looked up by. Builds count by their id alone, whose collection is compared later. */
export interface Lookup {
  readonly kind: 'build' | 'commit' | 'digest' | 'source';
  readonly value: string;
}

export function lookupsOf(record: Deployment): readonly Lookup[] {
  const { commit, build, source } = record;
  const values = { build: build?.id.toString(), commit, digest: digestOf(record), source: source?.commit };
  return Object.entries(values).flatMap(([kind, value]) =>
    value === undefined ? [] : [{ kind: kind as Lookup['kind'], value }],
  );
}

/** The digest that ran healthy, else the one of the update. */
export function digestOf({ health, update }: Pick<Deployment, 'health' | 'update'>): string | undefined {
  return health?.digest ?? update.image.digest;
}

/** Names a lookup in the rows of past records, in hexadecimal digits. */
export function hashOfLookup({ kind, value }: Lookup): string {
  return createHash('sha256').update(`${kind} ${value}`).digest('hex').slice(0, 16);
}

/** Keys of recent records begin so. They go on with `indexRowKey` and a hash of all lookups. */
export const recentPrefix = 'recent|';

/** The key changes with each lookup, so removing the row of former lookups cannot remove later ones. */
export function recentKey(record: Deployment): string {
  const lookups = createHash('sha256')
    .update(JSON.stringify(lookupsOf(record)))
    .digest('hex')
    .slice(0, 8);
  return `${recentPrefix}${indexRowKey(record)}|${lookups}`;
}

/** The key after which the rows of later records in lists follow. */
export function afterInRecent(listKey: string): string {
  return `${recentPrefix}${listKey}|~`;
}

/** The key of a record in lists. */
export function listKeyOf(recent: string): string {
  return recent.slice(recentPrefix.length, recent.lastIndexOf('|'));
}
