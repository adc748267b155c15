import { z } from 'zod';
import { deploymentSchema } from '../deployments/deployment-schema.ts';
import { hourOf, recordsPartition, rowKeys } from '../deployments/record-rows.ts';
import { skipInvalid } from '../deployments/skip-invalid.ts';
import { deploymentStates } from '../model/deployment.ts';
import type { TableRows } from '../storage/table-rows.ts';
import { figuresPartition } from './day-rows.ts';

const cursorRow = 'former';
/** The next list to read, and the last row that was read of it; without `state`, all are read. */
const cursorSchema = z.object({ state: z.enum(deploymentStates).exactOptional(), after: z.string().exactOptional() });
type Cursor = z.infer<typeof cursorSchema>;
const rowsPerPage = 1_000;
const pagesPerRun = 20;

/**
 * Marks the hours of records that a version without figures wrote as changed, once, so that they are counted. The cursor is
 * stored after each page: a killed run repeats one page.
 */
export async function markFormerHours(rows: TableRows): Promise<void> {
  let cursor = await readCursor(rows);
  for (let page = 0; page < pagesPerRun && cursor.state !== undefined; page += 1) {
    cursor = await markPage(cursor.state, cursor.after, rows);
    await rows.put(figuresPartition, cursorRow, cursor);
  }
}

/** A damaged cursor begins again. One of a newer version is left alone, and marks nothing. */
async function readCursor(rows: TableRows): Promise<Cursor> {
  let cursor: Cursor = {};
  const options = { replacesDamaged: true };
  const begin = (stored: Cursor | undefined): Cursor | undefined => {
    cursor = stored ?? { state: deploymentStates[0] };
    return stored ? undefined : cursor;
  };
  await skipInvalid(rows.change(figuresPartition, cursorRow, cursorSchema, begin, options));
  return cursor;
}

async function markPage(
  state: NonNullable<Cursor['state']>,
  after: string | undefined,
  rows: TableRows,
): Promise<Cursor> {
  const found = await rows.page(recordsPartition, deploymentSchema, {
    prefix: rowKeys.byState(state),
    limit: rowsPerPage,
    ...(after !== undefined && { after }),
  });
  const hours = new Set(found.map(({ value: { states, update } }) => hourOf(states[0]?.at ?? update.pushedAt)));
  await Promise.all([...hours].map((hour) => rows.put(recordsPartition, rowKeys.changed + hour, { hour })));
  const last = found.at(-1);
  if (last && found.length === rowsPerPage) return { state, after: last.rowKey };
  const next = deploymentStates[deploymentStates.indexOf(state) + 1];
  return next === undefined ? {} : { state: next };
}
