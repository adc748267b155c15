import { z } from 'zod';
import type { SendMessage } from '../storage/queues.ts';
import { queueNames } from '../storage/queues.ts';
import { updateIdPattern } from '../model/tag-update.ts';
import type { Deployment } from '../model/deployment.ts';
import type { DeploymentKey, DeploymentStore } from '../deployments/store.ts';

/**
 * The job of the queue `reports`: records that have changed, for everything that follows from it, and gates that are to
 * be looked at.
 */
export const followUpJobSchema = z.object({
  updates: z
    .array(
      z.object({ id: z.string().regex(updateIdPattern), route: z.string().min(1), environment: z.string().min(1) }),
    )
    .default([]),
  gates: z.array(z.string().regex(updateIdPattern)).default([]),
});

/** A message of the queue holds so many records, well below its 48 KiB even where names are long. */
const largestJob = 50;
/** Records that change within this time share a message, as those of one commit do. */
const gatherMs = 5;

/** Names this very version of a record: what follows from it has been done once `followed` says so. */
export function followMark({ updatedAt, states, build }: Pick<Deployment, 'updatedAt' | 'states' | 'build'>): string {
  return [updatedAt, states.length, build && `${build.id}${build.trusted ? '' : '?'}`].join('#');
}

/** Whether everything that follows from the record as it is has been done. */
export function isFollowed(deployment: Deployment): boolean {
  return deployment.followed === followMark(deployment);
}

/**
 * A store that announces every change of a record in the queue `reports`, after the write. A writer that finds nothing
 * to write announces the record too, as long as what follows from it has not been done: so a worker that was killed
 * between write and announcement costs nothing, because its message is delivered again.
 */
export function withFollowUps<S extends Pick<DeploymentStore, 'update'>>(
  store: S,
  deps: { readonly send: SendMessage; readonly sleep: (ms: number) => Promise<unknown> },
): S {
  const announce = gathered(deps);
  return {
    ...store,
    async update(key, change) {
      let last: Deployment | undefined;
      await store.update(key, (current) => {
        const next = change(current);
        last = next ?? current;
        return next;
      });
      if (last && !isFollowed(last)) await announce(key);
    },
  };
}

function gathered({ send, sleep }: Parameters<typeof withFollowUps>[1]): (key: DeploymentKey) => Promise<void> {
  let open: { readonly keys: Map<string, DeploymentKey>; readonly sent: Promise<void> } | undefined;
  return ({ id, route, environment }) => {
    if (!open || open.keys.size >= largestJob) {
      const keys = new Map<string, DeploymentKey>();
      const sendAll = async (): Promise<void> => {
        await sleep(gatherMs);
        if (open?.keys === keys) open = undefined;
        await send(queueNames.reports, { updates: [...keys.values()] } satisfies z.input<typeof followUpJobSchema>);
      };
      open = { keys, sent: sendAll() };
    }
    open.keys.set(id, { id, route, environment });
    return open.sent;
  };
}
