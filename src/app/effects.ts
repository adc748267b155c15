import { makeAzureBuildTags } from '../lib/azure-devops/build-tags.ts';
import type { Refresher } from '../lib/argocd/refresher.ts';
import { makePostedStore } from '../lib/effects/posted.ts';
import { makePreviewStore } from '../lib/delivery/previews/preview-store.ts';
import { makePreviewEffect } from '../lib/effects/preview-effect.ts';
import { makePromotionEffect } from '../lib/effects/promotion-effect.ts';
import type { PromotionEffectDeps } from '../lib/effects/promotion-effect.ts';
import { makeRefreshEffect } from '../lib/effects/refresh-effect.ts';
import { makeStatusEffect } from '../lib/effects/status-effect.ts';
import type { StatusEffectDeps } from '../lib/effects/status-effect.ts';
import type { RecordEffect } from '../lib/effects/run-effects.ts';
import { makeRollbackEffect } from '../lib/effects/rollback-effect.ts';
import { makeSettleEffect } from '../lib/effects/settle-effect.ts';
import { makeGateEffect } from '../lib/gates/gate-effect.ts';
import type { GateStore } from '../lib/gates/gate-store.ts';
import { hostOf } from '../lib/net/host-share.ts';
import type { HostShare } from '../lib/net/host-share.ts';
import type { SettleResultDeps } from '../lib/settling/settle-result.ts';
import type { Worker } from '../lib/work/worker.ts';
import type { Machine } from './machine.ts';
import type { Services } from './services.ts';
import type { Stores } from './stores.ts';

export interface EffectParts extends Pick<StatusEffectDeps, 'findEnvironment'> {
  readonly services: Pick<Services, 'connections' | 'repositories'>;
  readonly stores: Pick<Stores, 'rows' | 'records' | 'index' | 'due' | 'send'>;
  readonly settling: Omit<SettleResultDeps, 'store' | 'withEffects'>;
  readonly refresher: Refresher;
  readonly gates: GateStore;
  readonly worker: Pick<Worker, 'run'>;
  readonly hosts: HostShare;
  readonly machine: Pick<Machine, 'now'>;
  readonly routes: PromotionEffectDeps['routes'];
  /** Empty if `VERIFY_IMAGE` is false. */
  readonly verification: Pick<PromotionEffectDeps, 'registry'>;
}

/**
 * The effects of a changed record, in their order: refresh its applications, settle it by the last results, queue its
 * rollback, evaluate its gates, promote it, follow the pull request of its preview, show its state.
 */
export function makeEffects({
  services,
  stores,
  settling,
  refresher,
  gates,
  worker,
  findEnvironment,
  hosts,
  routes,
  verification,
  machine,
}: EffectParts): readonly RecordEffect[] {
  const { now } = machine;
  const { rows, records, index } = stores;
  const { connections, repositories } = services;
  const postStatuses = makeStatusEffect({
    index,
    store: records,
    posted: makePostedStore(rows),
    findEnvironment,
    repositories,
    buildTags: makeAzureBuildTags(connections),
    lastResult: settling.results.lastResult,
  });
  return [
    makeRefreshEffect({ refresher, findEnvironment, now }),
    makeSettleEffect({ ...settling, store: records }),
    makeRollbackEffect({ store: records, findEnvironment, due: stores.due, send: stores.send, now }),
    // Before the statuses: a Git host that hangs delays no gate.
    makeGateEffect({ gates, evaluate: (ids, log) => worker.run({ kind: 'gates', body: { ids } }, log) }),
    makePromotionEffect({
      routes,
      store: records,
      repositories,
      lastResult: settling.results.lastResult,
      ...verification,
      decide: (job, log) => worker.run({ kind: 'promotion', body: job }, log),
    }),
    makePreviewEffect({ previews: makePreviewStore(rows) }),
    (deployment, log) => hosts.run(hostOf(deployment.repository ?? ''), () => postStatuses(deployment, log)),
  ];
}
