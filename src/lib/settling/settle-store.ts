import { z } from 'zod';
import type { TableRows } from '../storage/table-rows.ts';
import { operationOrder } from '../intake/sync-result-order.ts';
import type { SyncResult } from '../intake/sync-result.ts';
import { applicationPartitions, keyOf } from '../deployments/application-rows.ts';
import type { DeploymentKey } from '../deployments/store.ts';

/** The last sync result of an application. */
export interface KeptResult {
  readonly result: SyncResult;
  /** When it arrived, ISO 8601. */
  readonly receivedAt: string;
}

/** A record that a result of an application can still change. */
export interface OpenRow {
  readonly rowKey: string;
  readonly key: DeploymentKey;
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
  readonly lastResult: (application: string) => Promise<KeptResult | undefined>;
  /**
   * Stores a result, unless a later one is stored.
   *
   * @returns whether it is the last one
   */
  readonly keep: (application: string, kept: KeptResult) => Promise<boolean>;
  /** The newest first. */
  readonly open: (
    application: string,
    page: { readonly after?: string; readonly limit: number },
  ) => Promise<readonly OpenRow[]>;
  readonly drop: (application: string, rowKey: string) => Promise<void>;
  /** Whether more than one environment of a route ever had a record for it. */
  readonly isShared: (application: string) => Promise<boolean>;
  readonly waiting: () => Promise<readonly WaitingApplication[]>;
  /** Stores when an application was checked. Without a time its row is removed, unless a record started to wait since. */
  readonly recordCheck: (seen: WaitingApplication, at: string | undefined) => Promise<void>;
}

const keptSchema = z.object({
  // Written by this app only.
  result: z.custom<SyncResult>((value) => typeof value === 'object' && value !== null),
  receivedAt: z.string(),
});
const openSchema = z.object({ id: z.string(), route: z.string(), environment: z.string() });
const userSchema = z.object({ route: z.string(), environment: z.string() });
const waitingSchema = z.object({ application: z.string(), since: z.string(), lookedAt: z.string().exactOptional() });
const resultRow = 'last';

export function makeSettleStore(rows: TableRows): SettleStore {
  return {
    lastResult: (application) => rows.read(applicationPartitions.result(application), resultRow, keptSchema),

    async keep(application, kept) {
      let isLast = true;
      await rows.change(applicationPartitions.result(application), resultRow, keptSchema, (current) => {
        isLast = current === undefined || operationOrder(current.result, kept.result) <= 0;
        return isLast ? kept : undefined;
      });
      return isLast;
    },

    async open(application, page) {
      const found = await rows.page(applicationPartitions.open(application), openSchema, page);
      return found.map(({ rowKey, value }) => ({ rowKey, key: value }));
    },

    drop: (application, rowKey) => rows.remove(applicationPartitions.open(application), rowKey),

    async isShared(application) {
      const users = await rows.page(applicationPartitions.users(application), userSchema, { limit: 2 });
      return users.length > 1;
    },

    waiting: () => rows.list(applicationPartitions.waiting, waitingSchema),

    recordCheck: ({ application, since }, at) =>
      rows.change(applicationPartitions.waiting, keyOf(application), waitingSchema, (current) => {
        if (current?.since !== since) return undefined;
        return at === undefined ? 'cleared' : { ...current, lookedAt: at };
      }),
  };
}
