import { randomUUID } from 'node:crypto';
import { makeDeploymentIndex } from '../../src/lib/deployments/deployment-index.ts';
import { effectJobSchema, withEffects } from '../../src/lib/effects/effect-jobs.ts';
import { makeRollbackEffect } from '../../src/lib/effects/rollback-effect.ts';
import { runEffects } from '../../src/lib/effects/run-effects.ts';
import { makeSettleEffect } from '../../src/lib/effects/settle-effect.ts';
import { isUrlOf } from '../../src/lib/intake/sync-result-revisions.ts';
import type { SyncResult } from '../../src/lib/intake/sync-result.ts';
import type { TagUpdate } from '../../src/lib/model/tag-update.ts';
import { HostShare } from '../../src/lib/net/host-share.ts';
import { makeJudgeRollback } from '../../src/lib/rollback/judge.ts';
import { makeRollBackHandler } from '../../src/lib/rollback/roll-back-handler.ts';
import type { RollBackDeps } from '../../src/lib/rollback/roll-back-handler.ts';
import { makeStormStore } from '../../src/lib/rollback/storm-store.ts';
import { loadRoutes } from '../../src/lib/routes/load.ts';
import { makeSettling } from '../../src/lib/settling/settling.ts';
import type { SettlingDeps } from '../../src/lib/settling/settling.ts';
import { settleResult } from '../../src/lib/settling/settle-result.ts';
import { syncJobSchema } from '../../src/lib/settling/sync-job.ts';
import { makeTableRows } from '../../src/lib/storage/table-rows.ts';
import { makeDueStore } from '../../src/lib/work/due-store.ts';
import type { Job } from '../../src/lib/work/envelope.ts';
import { sendDue } from '../../src/lib/work/send-due.ts';
import type { SendWork } from '../../src/lib/work/send-work.ts';
import { deliveryBench } from './delivery.ts';
import type { DeliveryOptions } from './delivery.ts';
import { queueEffects, zero } from './settling.ts';
import { unknownArgoCd } from './unknown-argocd.ts';

const log = (): void => undefined;

export interface RollbackBenchOptions extends DeliveryOptions {
  readonly argoCd?: Partial<SettlingDeps['argoCd']>;
  readonly registry?: RollBackDeps['registry'];
}

/** Delivery, settling, rollbacks and rows that are due, without a host. The clock stands at `minute`. */
export async function rollbackBench({ argoCd, registry, ...options }: RollbackBenchOptions) {
  const bench = await deliveryBench(options);
  const { table } = loadRoutes([{ setting: 'ROUTES', text: options.routes }], {
    azureDevOpsCollections: [],
    registries: [],
  });
  if (!table) throw new Error('the routes have errors');
  const clock = { minute: 60 };
  const now = (): Date => new Date(zero + clock.minute * 60_000);
  const jobs: Job[] = [];
  const send: SendWork = (job) => {
    jobs.push(JSON.parse(JSON.stringify(job)) as Job);
    return Promise.resolve();
  };
  const store = withEffects(bench.store, { send, sleep: () => Promise.resolve() });
  const rows = makeTableRows({ AzureWebJobsStorage: bench.connectionString });
  const due = makeDueStore(rows);
  const repositories = bench.openRepositories();
  const { findEnvironment } = bench;
  const later: SettlingDeps['sendLater'] = async (key, job, seconds) =>
    void (await due.arm({ key, at: new Date(now().getTime() + seconds * 1000).toISOString(), job }));
  const settling = makeSettling({
    rows,
    repositories,
    findEnvironment,
    collections: [],
    send,
    settleSoon: send,
    sendLater: later,
    now,
    follow: () => Promise.resolve(),
    newId: randomUUID,
    sleep: () => Promise.resolve(),
    argoCd: { ...unknownArgoCd, ...argoCd },
    log: () => undefined,
    routes: () => Promise.resolve(table),
  });
  const judgeRollback = makeJudgeRollback({
    store,
    findEnvironment,
    index: makeDeploymentIndex(rows),
    results: settling.results,
    factsOf: settling.factsOf,
    resources: settling.resources,
    repositories,
    storms: makeStormStore(rows),
    now,
    isOfRepository: (url, key) => isUrlOf(url, key, []),
  });
  /** `dies`: the worker dies when it has pushed, before it writes a record. */
  const life = { dies: false, isDead: false };
  const apply = bench.worker({
    store: {
      ...store,
      recordIntent: async (intent) => {
        await store.recordIntent(intent);
        life.isDead = life.dies;
      },
      update: (key, change) => (life.isDead ? Promise.reject(new Error('killed')) : store.update(key, change)),
      updateSourceBranch: async (key, change) => {
        if (life.isDead) throw new Error('killed');
        await store.updateSourceBranch(key, change);
        life.isDead = life.dies;
      },
    },
    now,
    judgeRollback,
  });
  const hosts = new HostShare(10, now);
  const handler = makeRollBackHandler({
    apply,
    store,
    due,
    now,
    findEnvironment,
    hosts,
    ...(registry && { registry }),
  });
  const effects = [
    makeSettleEffect({ ...settling, store: bench.store }),
    makeRollbackEffect({ store: bench.store, findEnvironment, due, send, now }),
  ];

  async function run(job: Job): Promise<void> {
    if (job.kind === 'sync-result') {
      await settleResult(syncJobSchema.parse(job.body), log, { ...settling, withEffects: queueEffects, store });
    } else if (job.kind === 'rollback') {
      await handler.run(job.body, { log, isSuspect: false, isWaiting: false });
    } else {
      await runEffects(effectJobSchema.parse(job.body).updates, log, { store: bench.store, effects });
    }
  }

  /** Works on everything that waits. */
  async function work(): Promise<void> {
    for (let job = jobs.shift(); job; job = jobs.shift()) await run(job);
  }

  /** Lets time pass, and works on the rows that are due then. */
  async function pass(minutes: number): Promise<void> {
    clock.minute += minutes;
    await sendDue(log, { due, send, now });
    await work();
  }

  return {
    ...bench,
    store,
    clock,
    life,
    now,
    rows,
    due,
    jobs,
    handler,
    work,
    pass,
    async deliver(update: TagUpdate): Promise<string> {
      const outcome = await apply(update);
      if (outcome.kind !== 'committed') throw new Error(`${update.image.tag} is ${outcome.kind}`);
      await work();
      return outcome.commit;
    },
    apply,
    async report(result: SyncResult): Promise<void> {
      const { namespace, name } = result.application;
      await send({
        kind: 'sync-result',
        body: { application: `${namespace}/${name}`, result, receivedAt: now().toISOString() },
      });
      await work();
    },
  };
}
