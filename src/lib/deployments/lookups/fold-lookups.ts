import { z } from 'zod';
import type { Clock } from '../../model/clock.ts';
import type { Deployment } from '../../model/deployment.ts';
import { isWaiting } from '../../model/is-open.ts';
import type { Log } from '../../model/log.ts';
import type { TableRows } from '../../storage/table-rows.ts';
import { deploymentSchema } from '../deployment-schema.ts';
import { invertedTime } from '../index-row-key.ts';
import { recordsPartition } from '../record-rows.ts';
import { changePast } from './change-past.ts';
import { hashOfLookup, listKeyOf, lookupsOf, recentPrefix } from './lookup.ts';
import type { PastEntry } from './past-rows.ts';
import { removeRows } from './remove-rows.ts';

const rowsPerPage = 1_000;
const pagesPerRun = 10;
const hourMs = 60 * 60_000;
const dayMs = 24 * hourMs;
/** A record is past if nothing has changed for an hour, or for days while it waits: many may then change at once. */
const quietMs = hourMs;
const longestWaitMs = 3 * dayMs;
/** Fewer rows than this wait for a day: each run reads and writes most rows of past records. */
const enough = 200;

const schema = z.union([z.object({ removed: z.array(z.string()).readonly() }), deploymentSchema]);

interface PastRecord {
  readonly rowKey: string;
  readonly entries: readonly PastEntry[];
  readonly isOld: boolean;
}

/**
 * Moves the lookups of past records from a row of their own into rows that many records share. The next run removes the own
 * row: until then, a process may still know an earlier version of the shared rows.
 */
export async function foldLookups(
  log: Log,
  { rows, now: clock }: { readonly rows: TableRows; readonly now: Clock },
): Promise<void> {
  const now = clock();
  const past = await readPast(rows, now);
  if (past.length < enough && !past.some(({ isOld }) => isOld)) return;
  const entries = past.flatMap((record) => record.entries);
  const before = await changePast(entries, rows, now);
  if (!before) return;
  const done = past.filter((record) => record.entries.every((entry) => before.has(entry)));
  const keys = done.map(({ rowKey }) => rowKey);
  await removeRows(keys, rows);
  log('info', 'lookups-folded', { added: past.length - done.length, removed: done.length });
}

async function readPast(rows: TableRows, now: Date): Promise<readonly PastRecord[]> {
  const past: PastRecord[] = [];
  let after = recentPrefix + invertedTime(new Date(now.getTime() - quietMs).toISOString());
  for (let page = 0; page < pagesPerRun; page += 1) {
    const range = { prefix: recentPrefix, after, limit: rowsPerPage };
    const found = await rows.page(recordsPartition, schema, range);
    past.push(...found.flatMap(({ rowKey, value }) => pastOf(rowKey, value, now) ?? []));
    after = found.at(-1)?.rowKey ?? after;
    if (found.length < rowsPerPage) break;
  }
  return past;
}

function pastOf(rowKey: string, value: z.infer<typeof schema>, now: Date): PastRecord | undefined {
  const key = listKeyOf(rowKey);
  if ('removed' in value) {
    const entries = value.removed.map((hash) => ({ hash, key, isRemoved: true }));
    return { rowKey, entries, isOld: true };
  }
  const age = now.getTime() - Date.parse(value.updatedAt);
  if (age < (isUnderWay(value) ? longestWaitMs : quietMs)) return undefined;
  const entries = lookupsOf(value).map((lookup) => ({ hash: hashOfLookup(lookup), key }));
  return { rowKey, entries, isOld: age >= dayMs };
}

/** Whether a record waits in the queue, for its pull request, or for its applications. */
function isUnderWay(record: Deployment): boolean {
  const { state, applications = [] } = record;
  if (state === 'queued' || state === 'pull-request') return true;
  return isWaiting(record) && applications.length > 0;
}
