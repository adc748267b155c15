import { z } from 'zod';
import type { Failure } from '../model/failure.ts';
import { rowFailure } from '../storage/table-errors.ts';
import { refuseNewer } from '../storage/table-rows.ts';
import type { StandIn, TableRows } from '../storage/table-rows.ts';
import { operationOrder } from '../intake/sync-result-order.ts';
import type { SyncResult } from '../intake/sync-result.ts';
import { deploymentSchema } from '../deployments/deployment-schema.ts';
import type { EnvironmentKey } from '../deployments/store.ts';
import { keptValuesSchema, noValues } from './kept-values.ts';
import type { KeptValues } from './kept-values.ts';
import { applicationKey } from '../deployments/application-key.ts';
import { makeFormerRecords } from '../deployments/former/former-records.ts';
import type { FormerRecords } from '../deployments/former/former-records.ts';
import { skipInvalid } from '../deployments/skip-invalid.ts';
import { hashOf } from '../deployments/index-row-key.ts';
import { recordsPartition, rowKeys } from '../deployments/record-rows.ts';
import type { Deployment } from '../model/deployment.ts';

/** The last sync result of an application. */
export interface KeptResult {
  readonly result: SyncResult;
  /** When it arrived, ISO 8601. */
  readonly receivedAt: string;
  /** Identifies the health that promotions were last decided by. */
  readonly followed?: string;
}

/** The next time that Argo CD is asked for an application. */
export interface PlannedAsk {
  /** Of its message: another one is ignored. Empty once it was asked. */
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
  /** When the rollout began that is followed, ISO 8601. */
  readonly since: string;
}

/** A record that a result of an application can still change. */
export interface OpenRow {
  readonly rowKey: string;
  readonly deployment: Deployment;
  /** The version of the row; absent for records of earlier versions. */
  readonly etag?: string;
}

/** An application that records wait for. */
export interface WaitingApplication {
  readonly application: string;
  /** When the last record started to wait, ISO 8601. */
  readonly since: string;
  /** When it was last checked, ISO 8601. */
  readonly lookedAt?: string;
}

/** Results and waiting records by application. Every method throws a `Failure` `storage-unavailable`. */
export interface SettleStore {
  /** @throws {Failure} `row-newer` */
  readonly lastResult: (application: string) => Promise<KeptResult | undefined>;
  /**
   * Stores a result, unless a later one is stored.
   *
   * @returns whether it is the last one
   * @throws {Failure} `row-newer`: a newer version has stored a result
   */
  readonly keep: (application: string, kept: KeptResult) => Promise<boolean>;
  /**
   * The newest first, without those that a newer version of the app wrote.
   *
   * @param page `onNewer` receives a `row-newer` for each of them
   */
  readonly open: (
    application: string,
    page: { readonly after?: string; readonly limit: number; readonly onNewer?: (failure: Failure) => unknown },
  ) => Promise<readonly OpenRow[]>;
  readonly drop: (application: string, rowKey: string) => Promise<void>;
  /** Whether more than one environment of a route ever had a record for it. */
  readonly isShared: (application: string) => Promise<boolean>;
  /** Routes and environments that ever had a record for it. */
  readonly users: (application: string) => Promise<readonly EnvironmentKey[]>;
  /** Stores that promotions were decided by the health of its last result. */
  readonly recordFollowed: (application: string, followed: string) => Promise<void>;
  /** `change` maps the planned ask to the new one; `undefined` leaves it. It runs again after a conflict. */
  readonly changeAsk: (
    application: string,
    change: (planned: PlannedAsk | undefined) => PlannedAsk | undefined,
  ) => Promise<void>;
  readonly waiting: () => Promise<readonly WaitingApplication[]>;
  /** Stores when an application was checked. Without a time its row is removed, unless a record started to wait since. */
  readonly recordCheck: (seen: WaitingApplication, at: string | undefined) => Promise<void>;
}

/** Values by application and environment. Every method throws a `Failure` `storage-unavailable` or `row-newer`. */
export interface ValueStore {
  readonly keptValues: (application: string, key: EnvironmentKey) => Promise<KeptValues>;
  readonly changeValues: (
    application: string,
    key: EnvironmentKey,
    change: (kept: KeptValues) => KeptValues | undefined,
  ) => Promise<void>;
}

const keptSchema = z.object({
  // Written by this app only.
  result: z.custom<SyncResult>((value) => typeof value === 'object' && value !== null),
  receivedAt: z.string(),
  followed: z.string().exactOptional(),
});
const askSchema = z.object({ id: z.string(), at: z.string(), since: z.string() });
const userSchema = z.object({ route: z.string(), environment: z.string() });
const waitingSchema = z.object({ application: z.string(), since: z.string(), lookedAt: z.string().exactOptional() });
const resultRow = 'last';
const askRow = 'ask';
/** More environments than one application deploys. */
const maxUsers = 1_000;
/** More applications than one installation has. */
const maxApplications = 10_000;

export function makeSettleStore(
  rows: TableRows,
  former: FormerRecords = makeFormerRecords(rows),
): SettleStore & ValueStore {
  async function usersOf(application: string, limit: number): Promise<readonly EnvironmentKey[]> {
    const range = { prefix: rowKeys.users(application), limit };
    const [users, older] = await Promise.all([
      rows.page(recordsPartition, userSchema, range),
      former.users(application),
    ]);
    return [...new Map([...users.map(({ value }) => value), ...older].map((user) => [nameOf(user), user])).values()];
  }

  return {
    lastResult: (application) => rows.read(resultPartition(application), resultRow, keptSchema, refuseNewer),

    async keep(application, kept) {
      let isLast = true;
      const keepLast = (current: KeptResult | undefined): KeptResult | undefined => {
        isLast = current === undefined || operationOrder(current.result, kept.result) <= 0;
        if (!isLast) return undefined;
        return current?.followed === undefined ? kept : { ...kept, followed: current.followed };
      };
      const options = { replacesDamaged: true };
      await rows.change(resultPartition(application), resultRow, keptSchema, keepLast, options);
      return isLast;
    },

    async open(application, { after, limit, onNewer }) {
      const prefix = rowKeys.open(application);
      const standIn: StandIn<never> = (row, isNewer) => {
        if (isNewer) onNewer?.(rowFailure(row));
        return undefined;
      };
      const range = { prefix, limit, standIn, ...(after !== undefined && { after: prefix + after }) };
      const [found, older] = await Promise.all([
        rows.page(recordsPartition, deploymentSchema, range),
        former.open(application, { limit, ...(after !== undefined && { after }) }),
      ]);
      const open = found.map(({ rowKey, value, etag }): OpenRow =>
        Object.assign({ rowKey: rowKey.slice(prefix.length), deployment: value }, etag !== undefined && { etag }),
      );
      const known = new Set(open.map(({ rowKey }) => rowKey));
      const others = older.flatMap(({ rowKey, value }) => (known.has(rowKey) ? [] : [{ rowKey, deployment: value }]));
      return [...open, ...others].toSorted((a, b) => (a.rowKey < b.rowKey ? -1 : 1)).slice(0, limit);
    },

    async drop(application, rowKey) {
      await Promise.all([
        rows.remove(recordsPartition, rowKeys.open(application) + rowKey),
        former.drop(application, rowKey),
      ]);
    },

    isShared: async (application) => (await usersOf(application, 2)).length > 1,
    users: (application) => usersOf(application, maxUsers),

    recordFollowed: (application, followed) =>
      rows.change(resultPartition(application), resultRow, keptSchema, (kept) => kept && { ...kept, followed }),

    // Without the row, the clock asks.
    changeAsk: (application, change) =>
      skipInvalid(rows.change(resultPartition(application), askRow, askSchema, change, { replacesDamaged: true })),

    keptValues: async (application, key) =>
      (await rows.read(resultPartition(application), valuesRow(key), keptValuesSchema, refuseNewer)) ?? noValues,

    changeValues: (application, key, change) =>
      rows.change(
        resultPartition(application),
        valuesRow(key),
        keptValuesSchema,
        (current) => change(current ?? noValues),
        { replacesDamaged: true },
      ),

    async waiting() {
      const range = { prefix: rowKeys.waiting, limit: maxApplications };
      return (await rows.page(recordsPartition, waitingSchema, range)).map(({ value }) => value);
    },

    recordCheck: ({ application, since }, at) =>
      rows.change(recordsPartition, rowKeys.waiting + hashOf(application), waitingSchema, (current) => {
        if (current?.since !== since) return undefined;
        return at === undefined ? 'cleared' : { ...current, lookedAt: at };
      }),
  };
}

function nameOf({ route, environment }: EnvironmentKey): string {
  return JSON.stringify([route, environment]);
}

function valuesRow(key: EnvironmentKey): string {
  return `values|${hashOf(nameOf(key))}`;
}

/** The leading bar separates these partitions from those of environments. */
export const resultPartitions = '|sync-result|';

function resultPartition(application: string): string {
  return `${resultPartitions}${applicationKey(application)}`;
}
