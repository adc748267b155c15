import { z } from 'zod';
import { invertedTime } from '../../deployments/index-row-key.ts';
import type { TableRows } from '../../storage/table-rows.ts';
import type { Clock } from '../../model/clock.ts';
import { rowKey, unreadableFreeze } from './freeze-row.ts';
import { freezeSchema } from './freeze.ts';
import type { Freeze, FreezeKey } from './freeze.ts';

const changeSchema = z.object({
  kind: z.enum(['frozen', 'lifted']),
  at: z.string(),
  actor: z.string(),
  reason: z.string(),
  environment: z.string().exactOptional(),
  route: z.string().exactOptional(),
  until: z.string().exactOptional(),
});

/** A freeze, or the end of one, that a person ordered. */
export type FreezeChange = Readonly<z.infer<typeof changeSchema>>;

/** Freezes in the partition `freeze`: few rows, read whole. Every method throws `storage-unavailable`. */
export interface FreezeStore {
  readonly list: () => Promise<readonly Freeze[]>;
  /** Replaces the freeze of its key. The change is recorded first. */
  readonly put: (freeze: Freeze, id: string) => Promise<void>;
  readonly remove: (key: FreezeKey) => Promise<void>;
  /** Removes a freeze that a person lifted. The change is recorded first. @returns the freeze, if there was one */
  readonly lift: (key: FreezeKey, change: Omit<FreezeChange, 'kind'>, id: string) => Promise<Freeze | undefined>;
  /** The newest first. */
  readonly history: (limit: number) => Promise<readonly FreezeChange[]>;
}

/** The bar keeps these partitions apart from those of environments. */
const partition = '|freeze';
const historyPartition = '|freeze-history';

export function makeFreezeStore(rows: TableRows, now: Clock): FreezeStore {
  const record = (change: FreezeChange, id: string): Promise<void> =>
    rows.put(historyPartition, `${invertedTime(change.at)}-${id}`, change);
  return {
    list: () => rows.list(partition, freezeSchema, (row) => unreadableFreeze(row, now())),
    async put(freeze, id) {
      await record({ kind: 'frozen', ...freeze }, id);
      await rows.put(partition, rowKey(freeze), freeze);
    },
    remove: (key) => rows.remove(partition, rowKey(key)),
    async lift(key, change, id) {
      const freeze = await rows.read(partition, rowKey(key), freezeSchema, (row) => unreadableFreeze(row, now()));
      if (!freeze) return undefined;
      await record({ kind: 'lifted', ...change }, id);
      await rows.remove(partition, rowKey(key));
      return freeze;
    },
    history: async (limit) => {
      const page = await rows.page(historyPartition, changeSchema, { limit });
      return page.map(({ value }) => value);
    },
  };
}
