import { recordQueued } from '../deployments/record-outcome.ts';
import type { DeploymentStore, WithEffects } from '../deployments/store.ts';
import type { Clock } from '../model/clock.ts';
import type { ImageOrigin } from '../model/image-origin.ts';
import type { LogFields } from '../model/log.ts';
import type { TagUpdate } from '../model/tag-update.ts';
import type { JobContext, Worker } from '../work/worker.ts';

export interface DeliverRoutedDeps {
  readonly store: DeploymentStore;
  readonly now: Clock;
  readonly withEffects: WithEffects;
  readonly worker: Pick<Worker, 'run' | 'runAlone'>;
}

/** The updates of one event, with the URL of the repository of each. */
export interface Routed {
  readonly updates: readonly { readonly update: TagUpdate; readonly repository: string }[];
  readonly origin?: ImageOrigin;
  /** Names the event in the log. */
  readonly fields: LogFields;
}

/**
 * Records the updates of an event and delivers them in this invocation. An update that has to be retried is queued alone.
 * If the event may have killed its worker, each update is queued to be planned alone.
 *
 * @throws the first error, after every update has ended
 */
export async function deliverRouted(
  { updates, origin, fields }: Routed,
  { log, isSuspect }: Pick<JobContext, 'log' | 'isSuspect'>,
  { store, now, withEffects, worker }: DeliverRoutedDeps,
): Promise<void> {
  const deliver = isSuspect ? worker.runAlone : worker.run;
  const ends = await Promise.allSettled(
    updates.map(({ update, repository }) =>
      withEffects(update, log, async () => {
        const queued = await recordQueued(update, repository, store, now(), origin);
        const { id, route, environment } = update;
        log('info', 'routed', { ...fields, route, environment, update: id });
        await deliver({ kind: 'tag-update', body: queued }, log);
      }),
    ),
  );
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
