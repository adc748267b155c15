import type { StandIn, TableRows } from '../../storage/table-rows.ts';
import { recordsPartition } from '../record-rows.ts';
import { changedRow, isDone, pastPrefix, pastSchema } from './past-rows.ts';
import type { PastEntry, PastRow } from './past-rows.ts';

/** Rows that are read and written at once, about 1.4 MB, and the entries to put into them. */
const rowsAtOnce = 20;
const entriesAtOnce = 5_000;

/**
 * Writes entries into the rows of past records, in the order of their hashes.
 *
 * @returns the entries that were there before; `undefined` if not all were written, because another run changed a row or a
 * newer version of the app wrote one
 */
export async function changePast(
  entries: readonly PastEntry[],
  rows: Pick<TableRows, 'page' | 'writeGroups'>,
  now: Date,
): Promise<ReadonlySet<PastEntry> | undefined> {
  const before = new Set<PastEntry>();
  let hasNewer = false;
  const standIn: StandIn<never> = (_row, isNewer) => {
    hasNewer ||= isNewer;
    return undefined;
  };
  const sorted = entries.toSorted((a, b) => (a.hash < b.hash ? -1 : 1));
  for (let start = 0; start < sorted.length;) {
    const range = { prefix: pastPrefix, after: pastPrefix + (sorted[start]?.hash ?? ''), limit: rowsAtOnce, standIn };
    const found = await rows.page(recordsPartition, pastSchema, range);
    // Its entries would go into the row behind it, where no search finds them.
    if (hasNewer) return undefined;
    const read = found.map(({ rowKey, value, etag }): PastRow =>
      Object.assign({ rowKey, records: value.records }, etag !== undefined && { etag }),
    );
    // Greater than every hash, and new: a damaged last row is left alone.
    const last: PastRow = { rowKey: `${pastPrefix}x${now.getTime()}`, records: {} };
    const most = start + entriesAtOnce;
    const groups = (found.length < rowsAtOnce ? [...read, last] : read).flatMap((row) => {
      const own: PastEntry[] = [];
      for (let entry = sorted[start]; entry && start < most && isIn(row, entry); entry = sorted[start]) {
        if (isDone(row, entry)) before.add(entry);
        else own.push(entry);
        start += 1;
      }
      return own.length === 0 ? [] : [changedRow(row, own)];
    });
    const written = await rows.writeGroups(recordsPartition, groups);
    if (!written.every(Boolean)) return undefined;
  }
  return before;
}

function isIn({ rowKey }: PastRow, { hash }: PastEntry): boolean {
  return pastPrefix + hash < rowKey;
}
