import type { TableRows } from '../../storage/table-rows.ts';
import { freezeSchema } from './freeze.ts';
import type { Freeze } from './freeze.ts';

/** The freezes of an app: few, and read whole by every plan. Every method throws `storage-unavailable`. */
export interface FreezeStore {
  readonly list: () => Promise<readonly Freeze[]>;
  readonly put: (freeze: Freeze) => Promise<void>;
  readonly remove: (id: string) => Promise<void>;
}

/** The bar keeps this partition apart from those of environments. */
const partition = '|freeze';

export function makeFreezeStore(rows: TableRows): FreezeStore {
  return {
    list: () => rows.list(partition, freezeSchema),
    put: (freeze) => rows.put(partition, freeze.id, freeze),
    remove: (id) => rows.remove(partition, id),
  };
}
