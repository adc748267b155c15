import { imageName } from '../model/image-reference.ts';
import { isOpen, isWaiting } from '../model/is-open.ts';
import type { Deployment, DeploymentState } from '../model/deployment.ts';
import type { Columns } from '../storage/stored-value.ts';
import type { RowGroup, RowWrite } from '../storage/write-together.ts';
import { isSameBrief, stateColumns } from './environment-columns.ts';
import { hashOf, indexRowKey } from './index-row-key.ts';
import { listedColumn, listedPrefix, mayBeListed, pairRows, pairsPrefix } from './listed-rows.ts';
import { hashOfLookup, lookupsOf, recentKey } from './lookups/lookup.ts';

/**
 * Records and their index rows share one partition, so one transaction writes a change with all its rows. The leading bar
 * separates the partition from those of environments.
 */
export const recordsPartition = '|records';

/** Keys of rows in the partition of records. All but `record` are beginnings, mostly followed by `indexRowKey`. */
export const rowKeys = {
  record: (id: string) => `record|${id}`,
  /** The change of a commit or pull request. It stays through later states. */
  byState: (state: DeploymentState) => `state|${state}|`,
  byTag: (tag: string) => `tag|${tag}|`,
  /** Records that sync results of an application may still change. */
  open: (application: string) => `open|${hashOf(application)}|`,
  /** Routes and environments that have ever had a record for an application. */
  users: (application: string) => `users|${hashOf(application)}|`,
  /** Applications that records wait for. */
  waiting: 'waiting|',
  images: 'image|',
  /** One row per route and environment, with its last deployment by state. */
  environments: 'environment|',
  /** Routes and environments that have ever had a record, by route, environment and image. */
  pairs: pairsPrefix,
  /** Hours with a record that has changed since the figures were counted. */
  changed: 'changed|',
} as const;

/** An index row holds the record without its diff, so a list reads nothing else. */
export function indexedRecord({ diff: _diff, ...record }: Deployment): Deployment {
  return record;
}

/** The rows to write with a record. @param stored the record that it replaces */
export function rowsBeside(next: Deployment, stored: Deployment | undefined): readonly RowWrite[] {
  const isListed = stored !== undefined && mayBeListed(next);
  const own = [...ownRows(next), ...(isListed ? [listedRow(next)] : [])];
  const keys = new Set(own.map(({ rowKey }) => rowKey));
  const former = stored ? indexKeys(stored).filter((key) => !keys.has(key)) : [];
  return [
    ...own.map((row) => (isListed && row.rowKey === recentKey(next) ? withColumns(row, listedColumn) : row)),
    ...former.map((rowKey) => ({ rowKey })),
    ...(stored ? [] : [imageRow(next)]),
    ...(stored && !isListed ? [] : pairRows(next.update)),
    ...(stored && !hasMoved(next, stored) ? [] : [changedRow(next)]),
    ...applicationRows(next, stored),
    ...environmentRows(next, stored),
  ];
}

/** The rows of a record itself, with its content. */
function ownRows(next: Deployment): readonly RowWrite[] {
  const value = indexedRecord(next);
  const columns = columnsOf(next);
  const lookups = Object.fromEntries(lookupsOf(next).map((lookup) => [lookup.kind, lookup.value]));
  return indexKeys(next).map((rowKey) => ({
    rowKey,
    value,
    columns: rowKey === recentKey(next) ? { ...columns, ...lookups } : columns,
  }));
}

/** The row that has a record in the list of its environment once it is past. */
export function listedRow(record: Deployment): RowWrite {
  const rowKey = listedPrefix(record.update) + indexRowKey(record);
  return { rowKey, value: indexedRecord(record), columns: columnsOf(record) };
}

/** The row of a recent record. */
export function recentRow(record: Deployment): RowWrite {
  const rowKey = recentKey(record);
  return ownRows(record).find((row) => row.rowKey === rowKey) ?? { rowKey };
}

function withColumns(row: RowWrite, columns: Columns): RowWrite {
  return { ...row, columns: { ...row.columns, ...columns } };
}

/**
 * The rows of a record that replaces a listed one. Each change of a record writes its row in the list too, so the version of
 * that row guards them all.
 */
export function replacingRows(listKey: string, etag: string, listed: Deployment, next: Deployment): RowGroup {
  const record = {
    rowKey: rowKeys.record(next.update.id),
    value: next,
    columns: diffColumn(next),
    merges: true as const,
  };
  const rows = [record, ...rowsBeside(next, listed)];
  return {
    row: { rowKey: listKey, next: indexedRecord(next), etag, columns: columnsOf(next) },
    beside: rows.filter(({ rowKey }) => rowKey !== listKey),
  };
}

/** The rows to remove with a record. Its lookups are removed from the rows of past records later. */
export function rowsOfRemoved(record: Deployment): readonly RowWrite[] {
  const recent = recentKey(record);
  const hashes = lookupsOf(record).map(hashOfLookup);
  return [
    ...indexKeys(record).map((rowKey) => (rowKey === recent ? { rowKey, value: { removed: hashes } } : { rowKey })),
    { rowKey: listedRow(record).rowKey },
    changedRow(record),
  ];
}

/**
 * The diff of a written change, as a column of the row of its record: it stays through later states, which have none, and a
 * list does not read it.
 */
export function diffColumn({ commit, pullRequest, diff }: Deployment): Columns {
  const isWritten = commit !== undefined || pullRequest !== undefined;
  return isWritten && diff !== undefined ? { diff } : {};
}

/** One row for all records that began in an hour. Each change writes it again, so its version shows whether one was missed. */
function changedRow({ states, update }: Deployment): RowWrite {
  const hour = hourOf(states[0]?.at ?? update.pushedAt);
  return { rowKey: rowKeys.changed + hour, value: { hour }, merges: true };
}

/** The UTC hour of a time: `2026-11-29T06`. */
export function hourOf(at: string): string {
  return new Date(at).toISOString().slice(0, 13);
}

/** Whether a change concerns the figures, the trail or the notices of a record. */
function hasMoved(next: Deployment, stored: Deployment): boolean {
  return trailOf(next) !== trailOf(stored);
}

function trailOf({ states, state, applications, build, source, opensAt }: Deployment): string {
  return JSON.stringify([states, state, applications, build, source, opensAt !== undefined]);
}

function indexKeys(record: Deployment): readonly string[] {
  const { state, update, applications = [] } = record;
  const key = indexRowKey(record);
  return [
    ...[
      rowKeys.byState(state),
      rowKeys.byTag(update.image.tag),
      ...(isOpen(record) ? applications.map(rowKeys.open) : []),
    ].map((prefix) => prefix + key),
    recentKey(record),
  ];
}

/** The columns that queries compare. */
export function columnsOf({ update, state }: Pick<Deployment, 'update' | 'state'>): Columns {
  const { route, environment, image } = update;
  return { route, environment, image: imageName(image), tag: image.tag, state };
}

/** One row per image, with the time of its latest record. */
function imageRow(record: Deployment): RowWrite {
  const image = imageName(record.update.image);
  return { rowKey: rowKeys.images + hashOf(image), value: { image, at: record.states[0]?.at ?? record.updatedAt } };
}

function environmentRows(next: Deployment, stored: Deployment | undefined): readonly RowWrite[] {
  // A change that the row does not show would overwrite the column of a later deployment.
  return stored && isSameBrief(next, stored) ? [] : environmentRow(next);
}

/** The row of an environment, with the column of a record. */
export function environmentRow(next: Deployment): readonly RowWrite[] {
  const { route, environment, image } = next.update;
  const columns = stateColumns(next);
  if (!columns) return [];
  const rowKey = environmentRowKey(next.update);
  return [{ rowKey, value: { route, environment, image: imageName(image) }, columns, merges: true }];
}

export function environmentRowKey({ route, environment }: Pick<Deployment['update'], 'route' | 'environment'>): string {
  return rowKeys.environments + hashOf(JSON.stringify([route, environment]));
}

/** Rows per application that records share. */
function applicationRows(next: Deployment, stored: Deployment | undefined): readonly RowWrite[] {
  const { route, environment } = next.update;
  const known = new Set(stored?.applications);
  const isNew = isWaiting(next) && !(stored && isWaiting(stored));
  const added = (next.applications ?? []).filter((application) => !known.has(application));
  const waiting = isNew ? (next.applications ?? []) : isWaiting(next) ? added : [];
  const user = hashOf(JSON.stringify([route, environment]));
  return [
    ...added.map((application) => ({ rowKey: rowKeys.users(application) + user, value: { route, environment } })),
    ...waiting.map((application) => ({
      rowKey: rowKeys.waiting + hashOf(application),
      value: { application, since: next.updatedAt },
    })),
  ];
}
