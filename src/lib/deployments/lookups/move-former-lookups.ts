import { z } from 'zod';
import { changePast } from './change-past.ts';
import { hashOfLookup } from './lookup.ts';
import { removeRows } from './remove-rows.ts';
import { recordsPartition } from '../record-rows.ts';
import type { TableRows } from '../../storage/table-rows.ts';
import { lookupKinds, readFormerKey } from './former-lookups.ts';

/** Rows of one run, all of one kind: each run reads and writes the rows of past records once. */
const rowsPerRun = 10_000;

/**
 * Moves the lookups of earlier versions into the rows of past records. Rows are removed last, so a killed run is repeated.
 *
 * @returns the number of rows that were found
 */
export async function moveFormerLookups(rows: Pick<TableRows, 'page' | 'writeGroups'>, now: Date): Promise<number> {
  for (const kind of lookupKinds) {
    const page = await rows.page(recordsPartition, z.unknown(), { prefix: `${kind}|`, limit: rowsPerRun });
    const found = page.map(({ rowKey }) => rowKey);
    if (found.length === 0) continue;
    const entries = found.map((rowKey) => {
      const { lookup, key } = readFormerKey(rowKey);
      return { hash: hashOfLookup(lookup), key };
    });
    if (await changePast(entries, rows, now)) await removeRows(found, rows);
    return found.length;
  }
  return 0;
}
