import type { DeploymentStore } from '../deployments/store.ts';
import type { Repositories } from '../git/repositories.ts';
import type { SyncResult } from '../intake/sync-result.ts';
import type { Deployment } from '../model/deployment.ts';
import { writesDigest } from '../model/file-edit.ts';
import type { Registry } from '../registry/registry.ts';
import type { Environment } from '../routes/route.ts';
import { holdsValue } from '../values/held-value.ts';
import { healthOf } from './applications-health.ts';
import { healthyTime } from './healthy-time.ts';
import { beginSoak } from './soak.ts';

export interface RecordHealthDeps {
  readonly store: Pick<DeploymentStore, 'update'>;
  /** Absent with `VERIFY_IMAGE=false`: then the event counts. */
  readonly registry?: Pick<Registry, 'lookUp'>;
  readonly repositories: Pick<Repositories, 'open'>;
  /** The last kept result of an application. */
  readonly lastResult: (application: string) => Promise<{ readonly result: SyncResult } | undefined>;
}

/** Records once which digest a healthy deployment runs, and when its soak begins. @returns the record after it */
export async function recordHealth(
  deployment: Deployment,
  environment: Environment,
  deps: RecordHealthDeps,
): Promise<Deployment> {
  if (deployment.health) return deployment;
  const [digest, results] = await Promise.all([
    healthyDigest(deployment, environment, deps),
    Promise.all(environment.application.map(async (name) => (await deps.lastResult(name))?.result)),
  ]);
  let last = deployment;
  await deps.store.update(deployment.update, (current) => {
    if (!current || current.state !== 'healthy' || current.health) {
      last = current ?? last;
      return undefined;
    }
    const soak = beginSoak(healthyTime(current), healthOf(results));
    last = { ...current, health: { ...(digest !== undefined && { digest }), soak } };
    return last;
  });
  return last;
}

/** Commits in which an earlier use of a tag is searched. */
const maxCommits = 50;

/**
 * The digest in the file. If the route writes only the tag, the registry's, as long as the tag has not moved since the first
 * commit that put it into the file: Argo CD and the nodes go on running the image that they pulled then.
 */
async function healthyDigest(
  deployment: Deployment,
  environment: Environment,
  { registry, repositories }: RecordHealthDeps,
): Promise<string | undefined> {
  const { update, commit } = deployment;
  const { image } = update;
  if (environment.update.some(writesDigest) || !registry) return image.digest;
  const state = await registry.lookUp(image, { awaitReplicas: false });
  if (!state) return undefined;
  const { digest, lastUpdateTime: movedAt, createdTime } = state;
  // A registry without times: the tag still points to the digest of its first event.
  if (!movedAt) return digest === image.digest ? digest : undefined;
  const path = environment.update[0]?.file;
  if (commit === undefined || path === undefined) return undefined;
  const { repository } = repositories.open(environment.repository);
  const isMoved = createdTime === undefined || createdTime < movedAt;
  let isNewest = true;
  for await (const found of repository.history(commit, path, isMoved ? maxCommits : 1)) {
    const isBefore = found.committedAt <= movedAt;
    if (isNewest && isBefore) return undefined;
    isNewest = false;
    if (isBefore && (await holdsValue({ update, environment }, found.commit, repository))) return undefined;
  }
  return isNewest ? undefined : digest;
}
