import { z } from 'zod';
import type { Clock } from '../../model/clock.ts';
import type { Deployment } from '../../model/deployment.ts';
import type { Log } from '../../model/log.ts';
import type { Row, TableRows } from '../../storage/table-rows.ts';
import type { RowGroup } from '../../storage/write-together.ts';
import { deploymentSchema } from '../deployment-schema.ts';
import { invertedTime } from '../index-row-key.ts';
import { isUnderWay, listedColumn, longestWaitMs, quietMs } from '../listed-rows.ts';
import { listedRow, recordsPartition } from '../record-rows.ts';
import { changePast } from './change-past.ts';
import { hashOfLookup, listKeyOf, lookupsOf, recentPrefix } from './lookup.ts';
import type { PastEntry } from './past-rows.ts';
import { removeRows } from './remove-rows.ts';

const rowsPerPage = 1_000;
const pagesPerRun = 10;
const dayMs = 24 * 60 * 60_000;
/** Fewer rows than this wait for a day: each run reads and writes most rows of past records. */
const enough = 200;

const schema = z.union([z.object({ removed: z.array(z.string()).readonly() }), deploymentSchema]);

interface PastRecord {
  readonly rowKey: string;
  readonly entries: readonly PastEntry[];
  readonly isOld: boolean;
  /** Its row by environment, to write with its own one; absent if it is written, or the record was removed. */
  readonly listing?: RowGroup;
}

/**
 * Moves past records from a row of their own into the list of their environment, and their lookups into rows that many records
 * share. The next run removes the own row: until then, a process may still know an earlier version of the shared rows. A change
 * of a listed record writes its row in the list too, so that removal loses nothing.
 */
export async function foldLookups(
  log: Log,
  { rows, now: clock }: { readonly rows: TableRows; readonly now: Clock },
): Promise<void> {
  const now = clock();
  const past = await readPast(rows, now);
  if (past.length < enough && !past.some(({ isOld }) => isOld)) return;
  const before = await changePast(
    past.flatMap(({ entries }) => entries),
    rows,
    now,
  );
  if (!before) return;
  // Refused if the record has changed meanwhile: the next run lists it.
  await rows.writeGroups(
    recordsPartition,
    past.flatMap(({ listing }) => listing ?? []),
  );
  const isDone = ({ entries, listing }: PastRecord): boolean => !listing && entries.every((entry) => before.has(entry));
  const done = past.filter(isDone);
  await removeRows(
    done.map(({ rowKey }) => rowKey),
    rows,
  );
  log('info', 'lookups-folded', { added: past.length - done.length, removed: done.length });
}

async function readPast(rows: TableRows, now: Date): Promise<readonly PastRecord[]> {
  const past: PastRecord[] = [];
  let after = recentPrefix + invertedTime(new Date(now.getTime() - quietMs).toISOString());
  for (let page = 0; page < pagesPerRun; page += 1) {
    const range = { prefix: recentPrefix, after, limit: rowsPerPage };
    const found = await rows.page(recordsPartition, schema, range);
    past.push(...found.flatMap((row) => pastOf(row, now) ?? []));
    after = found.at(-1)?.rowKey ?? after;
    if (found.length < rowsPerPage) break;
  }
  return past;
}

function pastOf(row: Row<z.infer<typeof schema>>, now: Date): PastRecord | undefined {
  const { rowKey, value } = row;
  const key = listKeyOf(rowKey);
  if ('removed' in value) {
    const entries = value.removed.map((hash) => ({ hash, key, isRemoved: true }));
    return { rowKey, entries, isOld: true };
  }
  const age = now.getTime() - Date.parse(value.updatedAt);
  if (age < (isUnderWay(value) ? longestWaitMs : quietMs)) return undefined;
  const entries = lookupsOf(value).map((lookup) => ({ hash: hashOfLookup(lookup), key }));
  const past = { rowKey, entries, isOld: age >= dayMs };
  return row.columns?.['listed'] === undefined ? { ...past, listing: listingOf(row, value) } : past;
}

function listingOf({ rowKey, columns, etag = '*' }: Row<unknown>, record: Deployment): RowGroup {
  const row = { rowKey, next: record, etag, columns: { ...columns, ...listedColumn } };
  return { row, beside: [listedRow(record)] };
}
