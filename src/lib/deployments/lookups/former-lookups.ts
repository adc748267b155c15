import { z } from 'zod';
import type { Lookup } from './lookup.ts';
import { recordsPartition } from '../record-rows.ts';
import type { TableRows } from '../../storage/table-rows.ts';

/*
 * Versions before 0.2 wrote a row for each lookup of a record, whose key has the value and the key of the record in lists.
 * Such rows are read until `moveFormerLookups` has moved them.
 */

const mostFound = 5_000;

export const lookupKinds = ['build', 'source', 'commit', 'digest'] as const satisfies readonly Lookup['kind'][];

/**
 * Whether there are any. Those of commits and digests lie side by side, and are moved last. Builds and sources alone are
 * those of records without a commit.
 */
export async function areThereLookups(rows: Pick<TableRows, 'page'>): Promise<boolean> {
  const range = { after: 'commit|', before: 'digest|~', limit: 1 };
  return (await rows.page(recordsPartition, z.unknown(), range)).length > 0;
}

/** The keys of records in lists, the newest first. */
export async function findFormer(lookup: Lookup, rows: Pick<TableRows, 'page'>): Promise<readonly string[]> {
  const prefix = prefixOf(lookup);
  const found = await rows.page(recordsPartition, z.unknown(), { prefix, limit: mostFound });
  return found.map(({ rowKey }) => rowKey.slice(prefix.length));
}

/** The lookup of a row, and the key of its record in lists. */
export function readFormerKey(rowKey: string): { readonly lookup: Lookup; readonly key: string } {
  const [kind = '', value = '', key = ''] = rowKey.split('|');
  const lookup = { kind: kind as Lookup['kind'], value: kind === 'digest' ? value.replace('-', ':') : value };
  return { lookup, key };
}

function prefixOf({ kind, value }: Lookup): string {
  return `${kind}|${kind === 'digest' ? value.replace(':', '-') : value}|`;
}
