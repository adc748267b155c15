import { makeRetryStore } from '../lib/figures/retry-store.ts';
import type { RetryStore } from '../lib/figures/retry-store.ts';
import type { Clock } from '../lib/model/clock.ts';
import { Failure } from '../lib/model/failure.ts';
import type { MissedPushes } from '../lib/deployments/missed-pushes.ts';
import type { WithEffects } from '../lib/deployments/store.ts';
import { makeDeliverUpdate } from '../lib/delivery/deliver-update.ts';
import { makeRouteDevOpsEvent } from '../lib/delivery/route-devops-event.ts';
import { makeRouteRegistryEvent } from '../lib/delivery/route-registry-event.ts';
import { makeEffectsHandler } from '../lib/effects/effects-handler.ts';
import type { RecordEffect } from '../lib/effects/run-effects.ts';
import { makeFollowMissed } from '../lib/gates/follow-missed.ts';
import { makeFollowRemoved } from '../lib/gates/follow-removed.ts';
import { makeGatesHandler } from '../lib/gates/gates-handler.ts';
import { isDevOpsHook } from '../lib/intake/devops-hook.ts';
import { knownCollections } from '../lib/routes/check/known-collections.ts';
import { makeFollowHandler } from '../lib/delivery/propose/follow-handler.ts';
import { makeEndGone } from '../lib/delivery/end-gone.ts';
import type { Log } from '../lib/model/log.ts';
import type { ApplyUpdateDeps } from '../lib/delivery/apply-update.ts';
import { makeDecidePromotions } from '../lib/promotion/decide-promotions.ts';
import { followResult } from '../lib/promotion/follow-result.ts';
import type { HostShare } from '../lib/net/host-share.ts';
import { collectionStoodInFor } from '../lib/net/hosts.ts';
import { makeRefreshOnGitPush } from '../lib/in-force/refresh-on-git-push.ts';
import { makeRefreshOnPush } from '../lib/in-force/refresh-on-push.ts';
import type { RoutesInForce } from '../lib/in-force/routes-in-force.ts';
import type { Settings } from '../lib/settings/settings.ts';
import { makeSettleHandler } from '../lib/settling/settle-handler.ts';
import { makeRollBackHandler } from '../lib/rollback/roll-back-handler.ts';
import { makeWorker } from '../lib/work/worker.ts';
import type { JobHandlers, Worker } from '../lib/work/worker.ts';
import type { makeDelivery } from './delivery.ts';
import type { makeAppGates } from './gates.ts';
import type { Machine } from './machine.ts';
import type { makeAppSettling } from './settling.ts';
import type { Services } from './services.ts';
import type { Stores } from './stores.ts';

export interface WorkParts extends Pick<ApplyUpdateDeps, 'findEnvironment'> {
  readonly settings: Settings;
  readonly services: Pick<Services, 'repositories'>;
  readonly stores: Stores;
  readonly routes: Pick<RoutesInForce, 'current' | 'refresh'>;
  readonly delivery: ReturnType<typeof makeDelivery>;
  readonly settling: ReturnType<typeof makeAppSettling>;
  readonly gates: ReturnType<typeof makeAppGates>;
  readonly hosts: HostShare;
  readonly machine: Machine;
  /** Made with the worker: an effect can run a job. */
  readonly makeEffects: (worker: Worker) => readonly RecordEffect[];
}

/** The worker of the queue `work`, with a handler for each kind of job. */
export function makeAppWorker(parts: WorkParts): {
  readonly worker: Worker;
  /** Reads routes documents, and ends waiting updates whose route is gone. */
  readonly refreshRoutes: (log: Log) => Promise<void>;
} {
  const { settings, services, stores, delivery, settling, gates, hosts, machine, findEnvironment, makeEffects } = parts;
  const { now, random, newId } = machine;
  const { store, records, send, owned } = stores;
  const { current: routes, refresh = async () => undefined } = parts.routes;
  const worker = makeWorker({
    handlers: () => handlers,
    rawKind: (body) => (isDevOpsHook(body) ? 'devops-event' : 'registry-event'),
    send: stores.sendMessage,
    now,
    random,
    noteRetry: makeNoteRetry(makeRetryStore(stores.rows, newId()), now),
  });
  const withEffects: WithEffects = ({ id, route, environment }, log, work) =>
    owned.during(id, work, () => worker.run({ kind: 'effects', body: { updates: [{ id, route, environment }] } }, log));
  const routing = { store, now, withEffects, worker, routes, hosts };
  const promoting = {
    routes,
    store: records,
    index: stores.index,
    results: settling.results,
    repositories: services.repositories,
    collections: settings.azureDevOpsCollections,
    send,
    ...delivery.verification,
  };
  const followMissed = makeFollowMissed({ gates: gates.deps.gates, send });
  const missed: Pick<MissedPushes, 'note'> = {
    async note(push) {
      await stores.missed.note(push);
      await followMissed(push);
    },
  };
  const endGone = makeEndGone({ routes, index: stores.index, findEnvironment, worker, now });
  const followRemoved = makeFollowRemoved({ gates: gates.deps.gates, routes, send });
  const refreshRoutes = async (log: Log): Promise<void> => {
    await refresh(log);
    await endGone(log);
    await followRemoved(log);
  };
  const handlers: JobHandlers = {
    'registry-event': makeRouteRegistryEvent({ ...routing, send, missed }),
    'devops-event': makeRouteDevOpsEvent({
      ...routing,
      ...delivery.verification,
      builds: delivery.builds,
      collections: settings.azureDevOpsCollections,
      collectionNamed: async (collection) =>
        collectionStoodInFor(collection, settings, knownCollections(await routes(), settings.azureDevOpsCollections)),
      followPullRequest: delivery.followPullRequest,
      refreshRoutes: makeRefreshOnPush({
        sources: settings.routesFrom ?? [],
        hosts: settings,
        refresh: refreshRoutes,
      }),
    }),
    'tag-update': makeDeliverUpdate({
      missed,
      apply: delivery.apply,
      findEnvironment,
      store,
      due: stores.due,
      now,
      withEffects,
      hosts,
    }),
    'sync-result': makeSettleHandler({
      ...settling,
      store,
      withEffects,
      followResult: (application, since, log) => followResult(application, since, log, promoting),
    }),
    effects: makeEffectsHandler({ store: records, effects: makeEffects(worker), worker }),
    'git-push': makeRefreshOnGitPush({ sources: settings.routesFrom ?? [], refresh: refreshRoutes }),
    gates: makeGatesHandler(gates.evaluation),
    promotion: makeDecidePromotions(promoting),
    rollback: makeRollBackHandler({
      apply: delivery.apply,
      store,
      due: stores.due,
      now,
      findEnvironment,
      hosts,
      ...delivery.verification,
    }),
    'pull-request': makeFollowHandler(delivery.followPullRequest),
  };
  return { worker, refreshRoutes };
}

/** A count that storage does not take is logged: the job itself is queued. */
function makeNoteRetry(retries: RetryStore, now: Clock): (code: string, log: Log) => Promise<void> {
  return async (code, log) => {
    try {
      await retries.note(code, now());
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      log('warn', 'retry-not-counted', { code, reason: error.message });
    }
  };
}
