import { LRUCache } from 'lru-cache';
import type { Deployment } from '../../model/deployment.ts';
import type { Columns } from '../../storage/stored-value.ts';
import type { Row, StandIn, TableRows } from '../../storage/table-rows.ts';
import { deploymentSchema } from '../deployment-schema.ts';
import { indexRowKey } from '../index-row-key.ts';
import { indexedRecord, recordsPartition, rowKeys } from '../record-rows.ts';
import { skipDamaged, skipInvalid } from '../skip-invalid.ts';
import { findFormer } from './former-lookups.ts';
import type { Clock } from '../../model/clock.ts';
import { afterInRecent, hashOfLookup, listKeyOf, recentPrefix } from './lookup.ts';
import type { Lookup } from './lookup.ts';
import { pastPrefix, pastSchema } from './past-rows.ts';

/** Past records that one call reads, each alone. */
const mostPast = 15;
/** The keys of past records are known for a minute. A record is in the rows of recent ones for longer. */
const knownForMs = 60_000;
const mostKnown = 1_000;

export interface LookupPage {
  /** In the order of their keys. They may lack the value that was looked up. */
  readonly rows: readonly Row<Deployment>[];
  /** The key up to which all are found; absent at the end. */
  readonly last?: string;
  /** Whether past records were left for the next call. */
  readonly isCut: boolean;
}

export type FindLookup = (
  lookup: Lookup,
  range: {
    readonly after: string | undefined;
    readonly limit: number;
    readonly where: Columns;
    /** Without it, rows of a newer version are omitted. */
    readonly standIn: StandIn<never> | undefined;
  },
) => Promise<LookupPage>;

/** Finds the records of a lookup, recent and past ones. */
export function makeFindLookup(
  rows: Pick<TableRows, 'page' | 'read'>,
  former: { readonly haveLookups: () => Promise<boolean> },
  now: Clock,
): FindLookup {
  const known = new LRUCache<string, Promise<readonly string[]>>({
    max: mostKnown,
    ttl: knownForMs,
    ttlResolution: 0,
    perf: { now: () => now().getTime() },
  });

  function pastKeys(lookup: Lookup, standIn: StandIn<never> | undefined): Promise<readonly string[]> {
    const hash = hashOfLookup(lookup);
    // Keys that were read without a stand-in may lack some.
    const name = `${standIn ? 'all' : 'readable'} ${hash}`;
    const last = known.get(name);
    if (last) return last;
    const read = readPast(lookup, hash, standIn).catch((error: unknown) => {
      known.delete(name);
      throw error;
    });
    known.set(name, read);
    return read;
  }

  async function readPast(
    lookup: Lookup,
    hash: string,
    standIn: StandIn<never> | undefined,
  ): Promise<readonly string[]> {
    // First, because they are removed after they are added to the past ones.
    const older = (await former.haveLookups()) ? await findFormer(lookup, rows) : [];
    const range = { prefix: pastPrefix, after: pastPrefix + hash, limit: 1, standIn };
    const [found] = await rows.page(recordsPartition, pastSchema, range);
    return [...new Set([...(found?.value.records[hash] ?? []), ...older])].toSorted();
  }

  async function readRecord(key: string, skip: typeof skipInvalid): Promise<readonly Row<Deployment>[]> {
    const id = key.slice(key.indexOf('-') + 1);
    const record = await skip(rows.read(recordsPartition, rowKeys.record(id), deploymentSchema));
    // The record was removed, and a later one has its id.
    return record && indexRowKey(record) === key ? [{ rowKey: key, value: indexedRecord(record) }] : [];
  }

  return async (lookup, { after, limit, where, standIn }) => {
    const [found, allPast] = await Promise.all([
      rows.page(recordsPartition, deploymentSchema, {
        prefix: recentPrefix,
        limit,
        standIn,
        where: { ...where, [lookup.kind]: lookup.value },
        ...(after !== undefined && { after: afterInRecent(after) }),
      }),
      pastKeys(lookup, standIn),
    ]);
    const recent = found.map(({ rowKey, value }) => ({ rowKey: listKeyOf(rowKey), value }));
    const isRecent = new Set(recent.map(({ rowKey }) => rowKey));
    const keys = allPast.filter((key) => !isRecent.has(key) && (after === undefined || key > after));
    const asked = keys.slice(0, Math.min(mostPast, limit));
    const skip = standIn ? skipDamaged : skipInvalid;
    const past = (await Promise.all(asked.map((key) => readRecord(key, skip)))).flat();
    const isCut = keys.length > asked.length;
    const ends = [
      ...(found.length < limit ? [] : [recent.at(-1)?.rowKey ?? '']),
      ...(isCut ? [asked.at(-1) ?? ''] : []),
    ].toSorted();
    const [last] = ends;
    const all = [...recent, ...past].filter(({ rowKey }) => last === undefined || rowKey <= last);
    const sorted = all.toSorted((a, b) => (a.rowKey < b.rowKey ? -1 : 1));
    return { rows: sorted, isCut, ...(last !== undefined && { last }) };
  };
}
