import { z } from 'zod';
import type { TableRows } from '../storage/table-rows.ts';

/** The automatic rollbacks of the instances of Argo CD: a sick cluster is not healed by many of them. */
export interface StormStore {
  /** Counts a rollback once. @returns false if too many were made in the last minutes */
  readonly reserve: (instance: string, id: string, now: Date) => Promise<boolean>;
  /** The instances that refuse rollbacks. */
  readonly refusing: (now: Date) => Promise<readonly { readonly instance: string; readonly since: string }[]>;
}

const partition = '|rollbacks';
const windowMs = 10 * 60_000;
const most = 10;

const schema = z.object({
  instance: z.string(),
  rollbacks: z.array(z.object({ id: z.string(), at: z.string() })).readonly(),
  refusedAt: z.string().exactOptional(),
});

type Storm = Readonly<z.infer<typeof schema>>;

export function makeStormStore(rows: Pick<TableRows, 'change' | 'list'>): StormStore {
  return {
    async reserve(instance, id, now) {
      const at = now.toISOString();
      const since = new Date(now.getTime() - windowMs).toISOString();
      let isReserved = false;
      const name = `instance ${instance}`;
      const reserve = (current: Storm = { instance, rollbacks: [] }): Storm | undefined => {
        const recent = current.rollbacks.filter((one) => one.at > since);
        const isKnown = recent.some((one) => one.id === id);
        isReserved = isKnown || recent.length < most;
        if (isKnown) return undefined;
        return isReserved
          ? { ...current, rollbacks: [...recent, { id, at }] }
          : { ...current, rollbacks: recent, refusedAt: at };
      };
      await rows.change(partition, name, schema, reserve, { replacesDamaged: true });
      return isReserved;
    },
    async refusing(now) {
      const since = new Date(now.getTime() - windowMs).toISOString();
      const found = await rows.list(partition, schema);
      return found.flatMap(({ instance, refusedAt }) =>
        refusedAt !== undefined && refusedAt > since ? [{ instance, since: refusedAt }] : [],
      );
    },
  };
}
