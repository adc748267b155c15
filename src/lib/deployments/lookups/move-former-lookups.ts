import { z } from 'zod';
import { changePast } from './change-past.ts';
import { hashOfLookup } from './lookup.ts';
import { removeRows } from './remove-rows.ts';
import { recordsPartition } from '../record-rows.ts';
import type { TableRows } from '../../storage/table-rows.ts';
import { lookupKinds, readFormerKey } from './former-lookups.ts';

const rowsPerPage = 1_000;
const pagesPerRun = 10;

/**
 * Moves the lookups of earlier versions into the rows of past records. Rows are removed last, so a killed run is repeated.
 *
 * @returns the number of rows that were found
 */
export async function moveFormerLookups(rows: Pick<TableRows, 'page' | 'writeGroups'>, now: Date): Promise<number> {
  let count = 0;
  for (const kind of lookupKinds) {
    for (let page = 0; page < pagesPerRun; page += 1) {
      const range = { prefix: `${kind}|`, limit: rowsPerPage };
      const found = (await rows.page(recordsPartition, z.unknown(), range)).map(({ rowKey }) => rowKey);
      if (found.length === 0) break;
      count += found.length;
      const entries = found.map((rowKey) => {
        const { lookup, key } = readFormerKey(rowKey);
        return { hash: hashOfLookup(lookup), key };
      });
      if (!(await changePast(entries, rows, now))) return count;
      await removeRows(found, rows);
    }
  }
  return count;
}
