import type { TableClient, TransactionAction } from '@azure/data-tables';
import { toProperties } from './stored-value.ts';
import type { Columns } from './stored-value.ts';
import { hasStatus } from './table-errors.ts';

/** Table Storage takes so many rows in a transaction. */
const largestTransaction = 100;

/** A row to write, or to remove if it has no value. */
export interface RowWrite {
  readonly rowKey: string;
  readonly value?: object;
  readonly columns?: Columns;
  /** Other columns of the row stay. */
  readonly merges?: true;
}

/** A row and the version that it replaces; without one it is inserted. */
export interface VersionedWrite {
  readonly rowKey: string;
  readonly next: object | 'cleared';
  readonly etag?: string | undefined;
  readonly columns?: Columns | undefined;
  /** Other columns of the row stay. */
  readonly merges?: boolean | undefined;
}

/**
 * Writes a row over the version that was read, and other rows of its partition with it: all of them, or none. Rows beyond
 * the 99th are written before. A row to remove that is already gone stops nothing.
 *
 * @returns the new version of the row, if known
 */
export async function writeTogether(
  client: TableClient,
  partitionKey: string,
  write: VersionedWrite,
  beside: readonly RowWrite[],
): Promise<string | undefined> {
  if (beside.length === 0) return writeAlone(client, partitionKey, write);
  const most = largestTransaction - 1;
  if (beside.length > most) {
    // The row comes last, so none of the others is missing beside it.
    const early = beside.slice(most, most + largestTransaction);
    await client.submitTransaction(early.map((other) => actionOf(partitionKey, other)));
    return writeTogether(client, partitionKey, write, [
      ...beside.slice(0, most),
      ...beside.slice(most + largestTransaction),
    ]);
  }
  const submit = async (others: readonly RowWrite[]): Promise<string | undefined> => {
    const actions = [versionedAction(partitionKey, write), ...others.map((other) => actionOf(partitionKey, other))];
    const { subResponses } = await client.submitTransaction(actions);
    return write.next === 'cleared' ? undefined : subResponses[0]?.etag;
  };
  try {
    return await submit(beside);
  } catch (error) {
    if (!hasStatus(error, 404)) throw error;
    const there = await Promise.all(beside.map((other) => isPresent(client, partitionKey, other)));
    if (there.every(Boolean)) throw error;
    return submit(beside.filter((_, index) => there[index]));
  }
}

async function writeAlone(
  client: TableClient,
  partitionKey: string,
  { rowKey, next, etag, columns, merges }: VersionedWrite,
): Promise<string | undefined> {
  if (next === 'cleared') {
    if (etag !== undefined) await client.deleteEntity(partitionKey, rowKey, { etag });
    return undefined;
  }
  const entity = { partitionKey, rowKey, ...toProperties(next, columns, { merges }) };
  const written =
    etag === undefined
      ? await client.createEntity(entity)
      : await client.updateEntity(entity, merges ? 'Merge' : 'Replace', { etag });
  return written.etag;
}

/** A removal in a transaction takes no version. A concurrent change removes a row beside it, so the transaction fails. */
function versionedAction(
  partitionKey: string,
  { rowKey, next, etag, columns, merges }: VersionedWrite,
): TransactionAction {
  if (next === 'cleared') return ['delete', { partitionKey, rowKey }];
  const entity = { partitionKey, rowKey, ...toProperties(next, columns, { merges }) };
  return etag === undefined ? ['create', entity] : ['update', entity, merges ? 'Merge' : 'Replace', { etag }];
}

function actionOf(partitionKey: string, { rowKey, value, columns, merges }: RowWrite): TransactionAction {
  return value === undefined
    ? ['delete', { partitionKey, rowKey }]
    : ['upsert', { partitionKey, rowKey, ...toProperties(value, columns, { merges }) }, merges ? 'Merge' : 'Replace'];
}

async function isPresent(client: TableClient, partitionKey: string, { rowKey, value }: RowWrite): Promise<boolean> {
  if (value !== undefined) return true;
  try {
    await client.getEntity(partitionKey, rowKey, { queryOptions: { select: ['RowKey'] } });
    return true;
  } catch (error) {
    if (!hasStatus(error, 404)) throw error;
    return false;
  }
}

/** A versioned row and others that are written only with it. */
export interface RowGroup {
  readonly row: VersionedWrite;
  readonly beside: readonly RowWrite[];
}

/**
 * Writes groups of a partition, as many in a transaction as it takes. If one group of a transaction cannot be written, none
 * of it is. Of a row that several groups merge into, the first group has priority.
 *
 * @returns which groups were written
 */
export async function writeGroups(
  client: TableClient,
  partitionKey: string,
  groups: readonly RowGroup[],
): Promise<readonly boolean[]> {
  const written: boolean[] = [];
  while (written.length < groups.length) {
    const actions: TransactionAction[] = [];
    const merged = new Map<string, RowWrite>();
    const start = written.length;
    let end = start;
    for (const { row, beside } of groups.slice(start)) {
      if (end > start && actions.length + merged.size + 1 + beside.length > largestTransaction) break;
      const alone = beside.filter(({ merges }) => !merges);
      actions.push(versionedAction(partitionKey, row), ...alone.map((other) => actionOf(partitionKey, other)));
      for (const other of beside.filter(({ merges }) => merges)) {
        const columns = { ...other.columns, ...merged.get(other.rowKey)?.columns };
        merged.set(other.rowKey, { ...other, columns });
      }
      end += 1;
    }
    actions.push(...[...merged.values()].map((row) => actionOf(partitionKey, row)));
    const isWritten = await trySubmit(client, actions);
    written.push(...groups.slice(start, end).map(() => isWritten));
  }
  return written;
}

/** Statuses of a transaction with a row that was changed, or that is too large. */
const refused = [400, 404, 409, 412, 413];

async function trySubmit(client: TableClient, actions: TransactionAction[]): Promise<boolean> {
  try {
    await client.submitTransaction(actions);
    return true;
  } catch (error) {
    if (refused.some((status) => hasStatus(error, status))) return false;
    throw error;
  }
}
