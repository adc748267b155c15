import { createHash } from 'node:crypto';
import { isState } from '../model/deployment-states.ts';
import type { Deployment } from '../model/deployment.ts';
import { indexRowKey } from './index-rows.ts';

/** A row beside a record, by which it is found from an application. */
export interface ApplicationRow {
  readonly partitionKey: string;
  readonly rowKey: string;
  readonly entry: object;
}

export function isWaiting({ state }: Pick<Deployment, 'state'>): boolean {
  return isState(state, 'waiting');
}

/** Partitions of the data of an application; the leading bar separates them from environments. */
export const applicationPartitions = {
  /** Records that its sync results may still change, the newest first. */
  open: (application: string) => `|application|${keyOf(application)}`,
  /** Routes and environments that have ever had a record for it. */
  users: (application: string) => `|application-users|${keyOf(application)}`,
  /** Its last sync result. */
  result: (application: string) => `|sync-result|${keyOf(application)}`,
  /** Every application that records wait for, a row each. */
  waiting: '|waiting-applications',
} as const;

/**
 * The rows that a record needs when it begins to wait for its applications; `before` is the record before the change. They
 * are written before it; the reader of the record removes those that it no longer needs.
 */
export function applicationRows(next: Deployment, before: Deployment | undefined): readonly ApplicationRow[] {
  if (!isWaiting(next)) return [];
  const { id, route, environment } = next.update;
  const known = new Set(before && isWaiting(before) ? before.applications : []);
  const added = (next.applications ?? []).filter((application) => !known.has(application));
  return added.flatMap((application) => [
    {
      partitionKey: applicationPartitions.open(application),
      rowKey: indexRowKey(next),
      entry: { id, route, environment },
    },
    {
      partitionKey: applicationPartitions.users(application),
      rowKey: digestOf(JSON.stringify([route, environment])),
      entry: { route, environment },
    },
    {
      partitionKey: applicationPartitions.waiting,
      rowKey: keyOf(application),
      entry: { application, since: next.updatedAt },
    },
  ]);
}

/** Row keys take no slash, and no more than 512 characters. */
export function keyOf(application: string): string {
  return application.length <= 300 ? application.replaceAll('/', '|') : digestOf(application);
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
