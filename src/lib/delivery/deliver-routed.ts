import { allEnd } from '../async/all-end.ts';
import { recordQueued } from '../deployments/record-outcome.ts';
import type { DeploymentStore, WithEffects } from '../deployments/store.ts';
import type { Clock } from '../model/clock.ts';
import type { ImageOrigin } from '../model/image-origin.ts';
import type { LogFields } from '../model/log.ts';
import { hostOf } from '../net/host-share.ts';
import type { HostShare } from '../net/host-share.ts';
import type { TagUpdate } from '../model/tag-update.ts';
import type { JobContext, Worker } from '../work/worker.ts';

export interface DeliverRoutedDeps {
  readonly store: DeploymentStore;
  readonly now: Clock;
  readonly withEffects: WithEffects;
  /** Bounds the updates of a silent Git host in this instance. */
  readonly hosts: HostShare;
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
 * @throws {Failure} `host-busy` before anything is recorded, if no Git host of the updates has a place
 * @throws the first error, after every update has ended
 */
export async function deliverRouted(
  { updates, origin, fields }: Routed,
  { log, isSuspect }: Pick<JobContext, 'log' | 'isSuspect'>,
  { store, now, withEffects, worker, hosts }: DeliverRoutedDeps,
): Promise<void> {
  const [first] = updates;
  if (first && updates.every(({ repository }) => hosts.isFull(hostOf(repository)))) {
    throw hosts.refusal(hostOf(first.repository));
  }
  const deliver = isSuspect ? worker.runAlone : worker.run;
  await allEnd(
    updates.map(({ update, repository }) => {
      const recordAndDeliver = (): Promise<void> =>
        withEffects(update, log, async () => {
          const queued = await recordQueued(update, repository, store, now(), origin);
          const { id, route, environment } = update;
          log('info', 'routed', { ...fields, route, environment, update: id });
          await deliver({ kind: 'tag-update', body: queued }, log);
        });
      const host = hostOf(repository);
      // Without a place the update is recorded, and its delivery is refused and queued alone.
      return hosts.isFull(host) ? recordAndDeliver() : hosts.reserve(host, recordAndDeliver);
    }),
  );
}
