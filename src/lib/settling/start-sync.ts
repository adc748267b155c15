import { Failure } from '../model/failure.ts';
import type { Refresher } from '../argocd/refresher.ts';
import type { Deployment, RequestedSync } from '../model/deployment.ts';
import type { SyncResult } from '../intake/sync-result.ts';
import type { Log } from '../model/log.ts';
import type { DeploymentStore } from '../deployments/store.ts';
import { applyProgress } from './apply-progress.ts';
import type { ApplicationResult } from './application-result.ts';
import { findSyncTarget, mayNeedSync } from './find-sync-target.ts';
import type { FindSyncDeps } from './find-sync-target.ts';
import { planAsk } from './plan-ask.ts';
import type { PlanAskDeps } from './plan-ask.ts';

export interface StartSyncDeps extends FindSyncDeps, PlanAskDeps {
  readonly store: Pick<DeploymentStore, 'find' | 'update'>;
  readonly asker: Pick<Refresher, 'startSync'>;
}

/**
 * Notes the sync of the deployment with the newest commit that needs one: it deploys the others too. Otherwise their turn
 * comes with the next answer of Argo CD. The record keeps what Argo CD answered, so that a deployment requests a sync once.
 */
export async function startSync(
  deployments: readonly Deployment[],
  { application, result, isLast }: ApplicationResult,
  log: Log,
  deps: StartSyncDeps,
): Promise<void> {
  if (!isLast || result.syncPolicy === undefined) return;
  const deployment = await findNewest(deployments, application, result, deps).catch((error: unknown) => {
    // A failure of the Git host: the next answer of Argo CD decides.
    if (!(error instanceof Failure)) throw error;
    log('warn', 'argocd-sync-not-started', { application, code: error.code, reason: error.message });
    return undefined;
  });
  if (!deployment) return;
  const { update: key, commit } = deployment;
  deps.asker.startSync({
    application,
    commit,
    async requestFor(now) {
      const current = await deps.store.find(key);
      return current && findSyncTarget(current, application, now, deps);
    },
    async onStarted(target) {
      const at = deps.now();
      await deps.store.update(key, (current) => current && withSync(current, target, { at: at.toISOString() }));
      await planAsk(application, { begun: at.getTime(), isHint: true }, deps);
    },
    async onRefused(target, reason) {
      const now = deps.now();
      const at = now.toISOString();
      await deps.store.update(key, (current) => {
        if (!current) return undefined;
        const noted = withSync(current, target, { at, refused: reason });
        return applyProgress(noted, application, { state: 'syncing', at, reason }, now, true) ?? noted;
      });
    },
  });
}

type CommittedDeployment = Deployment & { readonly commit: string };

async function findNewest(
  deployments: readonly Deployment[],
  application: string,
  result: SyncResult,
  deps: StartSyncDeps,
): Promise<CommittedDeployment | undefined> {
  let newest: CommittedDeployment | undefined;
  for (const deployment of deployments) {
    const { commit, repository = '' } = deployment;
    if (commit === undefined || !(await mayNeedSync(deployment, application, result, deps))) continue;
    const isNewer = !newest || (await deps.revisions.holds(repository, newest.commit, commit));
    if (isNewer) newest = { ...deployment, commit };
  }
  return newest;
}

function withSync(deployment: Deployment, application: string, sync: RequestedSync): Deployment {
  return { ...deployment, syncs: { ...deployment.syncs, [application]: sync } };
}
