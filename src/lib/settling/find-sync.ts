import type { SyncRequest } from '../argocd/argocd-api.ts';
import type { SyncResult } from '../intake/sync-result.ts';
import type { Deployment } from '../model/deployment.ts';
import { writtenEnvironment } from '../values/written-environment.ts';
import type { EvaluateDeps } from './evaluate.ts';
import { waitsForArgoCd } from './find-waiting.ts';

/**
 * The sync that a deployment needs, at its commit; `undefined` if its environment wants none, Argo CD syncs by itself, has
 * not compared the commit yet, or has already synced it. A later revision that an operation synced holds the commit too,
 * so no sync goes backwards.
 *
 * @param result an answer of Argo CD's API
 * @throws {Failure} of the Git host
 */
export async function findSync(
  deployment: Deployment,
  application: string,
  result: SyncResult,
  { findEnvironment, factsOf, revisions }: Pick<EvaluateDeps, 'findEnvironment' | 'factsOf' | 'revisions'>,
): Promise<SyncRequest | undefined> {
  const { commit, update, syncs = {} } = deployment;
  const { syncPolicy, sync, operation } = result;
  if (commit === undefined || syncs[application] !== undefined || !isSyncPending(deployment, application))
    return undefined;
  if (syncPolicy?.isAutomated !== false || sync.status !== 'OutOfSync') return undefined;
  if (operation?.phase === 'Running' || operation?.phase === 'Terminating') return undefined;
  const current = await findEnvironment(update);
  if (current?.argocd.sync !== true) return undefined;
  const environment = writtenEnvironment(current, deployment);
  const { repository } = environment;
  const { compared, operated, positions } = factsOf(result, repository);
  for (const revision of operated) if (await revisions.holds(repository, commit, revision)) return undefined;
  const own = new Set<string>();
  for (const revision of compared) {
    const holds = await revisions.holds(repository, commit, revision);
    if (holds && (await revisions.valueAt({ update, environment }, revision)) === 'own') own.add(revision);
  }
  if (own.size === 0) return undefined;
  const prune = syncPolicy.prunes;
  // The commit is not on the branch that the source hydrator writes.
  if (result.hydrator) return { prune };
  if (result.sources.length === 1) return { prune, revision: commit };
  const at = positions.filter(({ revision }) => own.has(revision));
  return { prune, revisions: at.map(() => commit), sourcePositions: at.map(({ index }) => index + 1) };
}

/** Whether a deployment waits for an application, or for the one that holds its manifest. */
export function isSyncPending(deployment: Deployment, application: string): boolean {
  return waitsForArgoCd(deployment) && (deployment.progress?.[application]?.state ?? 'syncing') === 'syncing';
}
