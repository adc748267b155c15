import { z } from 'zod';
import type { SendWork } from '../work/send-work.ts';
import type { OwnedRecords } from './owned-records.ts';
import { updateIdPattern } from '../model/tag-update.ts';
import type { Deployment } from '../model/deployment.ts';
import { areEffectsDone } from '../model/record-version.ts';
import type { DeploymentKey, DeploymentStore } from '../deployments/store.ts';

/** The body of a job of the kind `effects`: changed records. */
export const effectJobSchema = z.object({
  updates: z.array(
    z.object({ id: z.string().regex(updateIdPattern), route: z.string().min(1), environment: z.string().min(1) }),
  ),
});

/** Records in one message: with long names they stay well below 48 KiB. */
const largestJob = 50;
/** Records that change within this time share a message. */
const gatherMs = 5;

export interface WithEffectsDeps {
  readonly send: SendWork;
  readonly sleep: (ms: number) => Promise<unknown>;
  /** Records whose effects an invocation of this process runs itself. */
  readonly owned?: OwnedRecords;
}

/**
 * A store that queues the effects of a record after each change. A writer that changes nothing queues them too until they
 * are done: if a worker is killed between write and queue, its message is delivered again and queues them.
 */
export function withEffects<S extends Pick<DeploymentStore, 'update' | 'replaceListed'>>(
  store: S,
  deps: WithEffectsDeps,
): S {
  const queueEffects = gathered(deps);
  return {
    ...store,
    async update(key, change, options) {
      let last: Deployment | undefined;
      await store.update(
        key,
        (current) => {
          const next = change(current);
          last = next ?? current;
          return next;
        },
        options,
      );
      if (!last || areEffectsDone(last) || deps.owned?.touch(key.id) === true) return;
      await queueEffects(key);
    },
    async replaceListed(application, changes) {
      const written = await store.replaceListed(application, changes);
      const changed = changes.flatMap(({ next }, index) => (written[index] === true ? [next.update] : []));
      await Promise.all(changed.filter(({ id }) => deps.owned?.touch(id) !== true).map((key) => queueEffects(key)));
      return written;
    },
  };
}

function gathered({ send, sleep }: WithEffectsDeps): (key: DeploymentKey) => Promise<void> {
  let open: { readonly keys: Map<string, DeploymentKey>; readonly sent: Promise<void> } | undefined;
  return ({ id, route, environment }) => {
    if (!open || open.keys.size >= largestJob) {
      const keys = new Map<string, DeploymentKey>();
      const sendAll = async (): Promise<void> => {
        await sleep(gatherMs);
        if (open?.keys === keys) open = undefined;
        await send({
          kind: 'effects',
          body: { updates: [...keys.values()] } satisfies z.input<typeof effectJobSchema>,
        });
      };
      open = { keys, sent: sendAll() };
    }
    open.keys.set(id, { id, route, environment });
    return open.sent;
  };
}
