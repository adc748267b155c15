import { z } from 'zod';
import type { TableRows } from '../storage/table-rows.ts';
import { operationOrder } from '../intake/sync-result-order.ts';
import type { SyncResult } from '../intake/sync-result.ts';
import { applicationPartitions, keyOf } from '../deployments/application-rows.ts';
import type { DeploymentKey } from '../deployments/store.ts';

/** The last sync result of an application, and when it came. */
export interface KeptResult {
  readonly result: SyncResult;
  /** ISO 8601. */
  readonly receivedAt: string;
}

/** A record that an application's results may still change. */
export interface OpenRow {
  readonly rowKey: string;
  readonly key: DeploymentKey;
}

/** An application that records wait for. */
export interface WaitingApplication {
  readonly application: string;
  /** When the last record began to wait, ISO 8601. */
  readonly since: string;
  /** When it was last looked at, ISO 8601. */
  readonly lookedAt?: string;
}

/** What is kept of applications. Every method throws a `Failure` `storage-unavailable`. */
export interface SettleStore {
  readonly lastResult: (application: string) => Promise<KeptResult | undefined>;
  /**
   * Keeps a result, unless a later one is there.
   *
   * @returns whether it is the last now
   */
  readonly keep: (application: string, kept: KeptResult) => Promise<boolean>;
  /** The newest first. */
  readonly open: (
    application: string,
    page: { readonly after?: string; readonly limit: number },
  ) => Promise<readonly OpenRow[]>;
  readonly drop: (application: string, rowKey: string) => Promise<void>;
  /** Whether more than one environment of a route has had a record for it. */
  readonly isShared: (application: string) => Promise<boolean>;
  readonly waiting: () => Promise<readonly WaitingApplication[]>;
  /** Notes when an application was looked at; it is forgotten where nobody waits for it, unless somebody has begun to. */
  readonly lookedAt: (seen: WaitingApplication, at: string | undefined) => Promise<void>;
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

    lookedAt: ({ application, since }, at) =>
      rows.change(applicationPartitions.waiting, keyOf(application), waitingSchema, (current) => {
        if (current?.since !== since) return undefined;
        return at === undefined ? 'cleared' : { ...current, lookedAt: at };
      }),
  };
}
