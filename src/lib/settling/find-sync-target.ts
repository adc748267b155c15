import type { ArgoCdApi } from '../argocd/argocd-api.ts';
import type { SyncTarget } from '../argocd/refresher.ts';
import type { SyncResult } from '../intake/sync-result.ts';
import type { Deployment } from '../model/deployment.ts';
import type { EvaluateDeps } from './evaluate.ts';
import { findSync, isSyncPending } from './find-sync.ts';

export interface FindSyncDeps extends EvaluateDeps {
  /** The application that holds the manifest of another one, by Argo CD's API. */
  readonly holderOf: ArgoCdApi['getHolder'];
}

/** Whether a deployment can need a sync, without a question to Argo CD. */
export async function mayNeedSync(
  deployment: Deployment,
  application: string,
  result: SyncResult,
  deps: FindSyncDeps,
): Promise<boolean> {
  if (await findSync(deployment, application, result, deps)) return true;
  const { syncs = {}, applications = [] } = deployment;
  const isOwnDone = result.syncPolicy?.isAutomated === true || syncs[application] !== undefined;
  const isHolderDone = Object.keys(syncs).some((name) => !applications.includes(name));
  return !(isOwnDone && isHolderDone) && isSyncPending(deployment, application) && changesManifest(deployment, deps);
}

/**
 * The sync that a deployment needs: of its application at the commit. A commit that changes the manifest of the application
 * itself is synced by the application that holds the manifest; afterwards the application has another source than the
 * commit, and is synced at its target revision.
 *
 * @throws {Failure} of the Git host, or of Argo CD
 */
export async function findSyncTarget(
  deployment: Deployment,
  application: string,
  result: SyncResult,
  deps: FindSyncDeps,
): Promise<SyncTarget | undefined> {
  const own = await findSync(deployment, application, result, deps);
  if (own) return { target: application, request: own };
  if (!isSyncPending(deployment, application) || !(await changesManifest(deployment, deps))) return undefined;
  const holder = await deps.holderOf(application);
  if (!holder) return undefined;
  const request = await findSync(deployment, holder.application, holder.result, deps);
  if (request) return { target: holder.application, request };
  if (deployment.syncs?.[application] !== undefined || !needsSync(result)) return undefined;
  return (await isDeployed(deployment, holder.result, deps))
    ? { target: application, request: { prune: result.syncPolicy?.prunes === true } }
    : undefined;
}

/** Whether the commit of a deployment changed the manifest of an Application, in an environment that wants syncs. */
async function changesManifest({ update, edits }: Deployment, { findEnvironment }: FindSyncDeps): Promise<boolean> {
  const environment = await findEnvironment(update);
  const all = edits ?? environment?.update ?? [];
  return environment?.argocd.sync === true && all.some(({ kind }) => kind === 'application');
}

function needsSync({ syncPolicy, sync, operation }: SyncResult): boolean {
  const isRunning = operation?.phase === 'Running' || operation?.phase === 'Terminating';
  return syncPolicy?.isAutomated === false && sync.status === 'OutOfSync' && !isRunning;
}

/** Whether an application is Synced at a revision that holds the commit. */
async function isDeployed(
  { commit, repository }: Deployment,
  result: SyncResult,
  { factsOf, revisions }: FindSyncDeps,
): Promise<boolean> {
  if (commit === undefined || repository === undefined || result.sync.status !== 'Synced') return false;
  for (const revision of factsOf(result, repository).compared)
    if (await revisions.holds(repository, commit, revision)) return true;
  return false;
}
