import { z } from 'zod';
import { timeLimit } from '../../model/clock.ts';
import type { Clock } from '../../model/clock.ts';
import { deploymentStates } from '../../model/deployment.ts';
import type { Deployment, DeploymentState } from '../../model/deployment.ts';
import type { Log } from '../../model/log.ts';
import type { Row, TableRows } from '../../storage/table-rows.ts';
import type { RowGroup } from '../../storage/write-together.ts';
import { deploymentSchema } from '../deployment-schema.ts';
import { columnsOf, listedRow, recentRow, recordsPartition, rowKeys } from '../record-rows.ts';
import { skipInvalid } from '../skip-invalid.ts';
import { isPast, pairRows } from '../listed-rows.ts';

/*
 * Versions before 0.2 wrote no lists of environments, and an earlier version that runs again writes none. So each record is
 * listed once more after an app of this version has run alone for a day.
 */

const partition = '|listed';
const cursorRow = 'cursor';
const cursorSchema = z.object({
  /** Since when this version has run without a gap, ISO 8601. */
  since: z.string(),
  /** A time at which it ran, ISO 8601. */
  seenAt: z.string(),
  /** The state to read next, and the last row that was read of it. */
  state: z.enum(deploymentStates).exactOptional(),
  after: z.string().exactOptional(),
  /** Since when every record is listed, ISO 8601. */
  listedAt: z.string().exactOptional(),
});
type Cursor = Readonly<z.infer<typeof cursorSchema>>;

const minuteMs = 60_000;
/** An instance of an earlier version may write records for as long after an update of the app. */
const longestOverlapMs = 24 * 60 * minuteMs;
/** So often is the time of a run stored. After a longer gap, an earlier version may have run. */
const seenEveryMs = 5 * minuteMs;
const longestGapMs = 15 * minuteMs;
const rowsPerPage = 1_000;
/** The time after which a run begins no other page. */
const longestMs = 20_000;
const mostTries = 5;

type Rows = Pick<TableRows, 'change' | 'page' | 'put' | 'read' | 'writeGroups'>;

/** Whether the lists of environments have every record. A cursor of an unknown shape does not say so. */
export async function areAllListed(rows: Pick<TableRows, 'read'>): Promise<boolean> {
  return (await skipInvalid(rows.read(partition, cursorRow, cursorSchema)))?.listedAt !== undefined;
}

/** Lists the records of earlier versions. The cursor is stored after each page: a killed run repeats one page. */
export async function listRecords(
  log: Log,
  { rows, now }: { readonly rows: Rows; readonly now: Clock },
): Promise<void> {
  const startedAt = now().getTime();
  const hasTime = timeLimit(longestMs, now);
  let cursor = await begin(rows, now());
  if (!cursor || cursor.listedAt !== undefined || startedAt - Date.parse(cursor.since) < longestOverlapMs) return;
  let records = 0;
  while (cursor.listedAt === undefined && hasTime()) {
    const state: DeploymentState = cursor.state ?? deploymentStates[0];
    const page = await rows.page(recordsPartition, deploymentSchema, {
      prefix: rowKeys.byState(state),
      limit: rowsPerPage,
      ...(cursor.after !== undefined && { after: cursor.after }),
    });
    // The next run begins with this page.
    if (!(await listPage(page, rows, now()))) break;
    records += page.length;
    cursor = following(cursor.since, state, page, now().toISOString());
    await rows.put(partition, cursorRow, cursor);
  }
  log('info', 'records-listed', { records, isComplete: cursor.listedAt !== undefined });
}

/**
 * The cursor; a new one for a table without records, after a gap, and for a damaged one. `undefined` if a newer version has
 * written it.
 */
async function begin(rows: Rows, now: Date): Promise<Cursor | undefined> {
  const at = now.toISOString();
  const range = { prefix: rowKeys.record(''), limit: 1 };
  let isEmpty = false;
  let cursor: Cursor | undefined;
  const change = (stored: Cursor | undefined): Cursor | undefined => {
    const ageMs = stored ? now.getTime() - Date.parse(stored.seenAt) : Infinity;
    cursor = stored;
    if (ageMs < seenEveryMs) return undefined;
    cursor = stored && ageMs < longestGapMs ? { ...stored, seenAt: at } : { since: at, seenAt: at };
    if (!stored && isEmpty) cursor = { ...cursor, listedAt: at };
    return cursor;
  };
  const stored = await skipInvalid(rows.read(partition, cursorRow, cursorSchema));
  if (!stored) isEmpty = (await rows.page(recordsPartition, z.unknown(), range)).length === 0;
  await skipInvalid(rows.change(partition, cursorRow, cursorSchema, change, { replacesDamaged: true }));
  return cursor;
}

function following(since: string, state: DeploymentState, page: readonly Row<Deployment>[], at: string): Cursor {
  const last = page.at(-1);
  if (last && page.length === rowsPerPage) return { since, seenAt: at, state, after: last.rowKey };
  const next = deploymentStates[deploymentStates.indexOf(state) + 1];
  return { since, seenAt: at, ...(next === undefined ? { listedAt: at } : { state: next }) };
}

/** @returns whether all were written */
async function listPage(page: readonly Row<Deployment>[], rows: Rows, now: Date): Promise<boolean> {
  const pairs = new Map(page.flatMap(({ value }) => pairRows(value.update).map((row) => [row.rowKey, row])));
  await Promise.all([...pairs].map(([rowKey, { value = {} }]) => rows.put(recordsPartition, rowKey, value)));
  const write = (some: readonly Row<Deployment>[]): Promise<readonly boolean[]> => {
    const groups = some.map((row) => groupOf(row, now));
    return rows.writeGroups(recordsPartition, groups);
  };
  const written = await write(page);
  // A row that a change has overtaken stops all of its transaction.
  let left = page.filter((_row, index) => written[index] !== true);
  for (let tries = 1; left.length > 0 && tries <= mostTries; tries += 1) {
    const again = await Promise.all(
      left.map(async (row) => {
        const [current] = await readAgain(row, rows);
        return !current || (await write([current]))[0] === true;
      }),
    );
    left = left.filter((_row, index) => again[index] !== true);
  }
  return left.length === 0;
}

/** Writes the row of a list if the row by state is unchanged: each change of a record writes that one too. */
function groupOf({ rowKey, value, etag = '*' }: Row<Deployment>, now: Date): RowGroup {
  const row = { rowKey, next: value, etag, columns: columnsOf(value) };
  return { row, beside: [isPast(value, now) ? listedRow(value) : recentRow(value)] };
}

/** None if the record has moved to another state: the change has written its rows. */
function readAgain({ rowKey }: Row<Deployment>, rows: Rows): Promise<readonly Row<Deployment>[]> {
  return rows.page(recordsPartition, deploymentSchema, { prefix: rowKey, limit: 1 });
}
