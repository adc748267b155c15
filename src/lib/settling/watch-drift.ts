import { LRUCache } from 'lru-cache';
import pLimit from 'p-limit';
import type { DeploymentBrief } from '../deployments/environment-columns.ts';
import type { DeploymentStore, EnvironmentKey } from '../deployments/store.ts';
import type { NoteDriftDeps } from '../delivery/drift/note-drift.ts';
import { noteDrift } from '../delivery/drift/note-drift.ts';
import type { Repositories } from '../git/repositories.ts';
import { Failure } from '../model/failure.ts';
import { imageName, parseImageReference } from '../model/image-reference.ts';
import type { Log } from '../model/log.ts';
import { updateKey } from '../model/tag-update.ts';
import { writtenEnvironment } from '../values/written-environment.ts';
import type { ApplicationResult } from './application-result.ts';
import type { FindNamed } from './keep-values.ts';
import type { Revisions } from './revisions.ts';
import { runsImage } from './running-image.ts';
import type { SettleStore } from './settle-store.ts';
import type { ObserveDeps } from './observe-written.ts';

export interface WatchDriftDeps extends NoteDriftDeps, Pick<ObserveDeps, 'factsOf'> {
  readonly store: Pick<DeploymentStore, 'find' | 'update'>;
  readonly results: Pick<SettleStore, 'users'>;
  readonly revisions: Pick<Revisions, 'holds'>;
  readonly repositories: Pick<Repositories, 'open'>;
  readonly findNamed: FindNamed;
  readonly findDeployed: (key: EnvironmentKey) => Promise<DeploymentBrief | undefined>;
}

/**
 * Searches the environments of an application for values that tagrelay did not write.
 *
 * @param superseded environments with a deployment that the result has superseded
 */
export type WatchDrift = (
  reported: ApplicationResult,
  superseded: readonly EnvironmentKey[],
  log: Log,
) => Promise<void>;

const mostApplications = 5_000;
/** Environments that are checked for one result. */
const mostEnvironments = 50;
const parallel = 8;

/**
 * Reads Git only if the running images, or a superseded deployment, show another value than the environment's last
 * deployment has. Images that this process has seen before are not compared again.
 */
export function makeWatchDrift(deps: WatchDriftDeps): WatchDrift {
  const seen = new LRUCache<string, readonly string[]>({ max: mostApplications });
  return async (reported, superseded, log) => {
    const { application, result, isLast } = reported;
    if (!isLast || result.sync.status !== 'Synced') return;
    const changed = changedNames(seen.get(application) ?? [], result.images);
    const users = changed.size === 0 ? [] : await deps.results.users(application);
    const named = await Promise.all(users.map(async (key) => ({ key, image: (await deps.findNamed(key))?.image })));
    const candidates = named.flatMap(({ key, image }) => (image !== undefined && changed.has(image) ? [key] : []));
    const keys = new Map([...superseded, ...candidates].map((key) => [updateKey(key), key]));
    let isComplete = true;
    const check = async (key: EnvironmentKey): Promise<void> => {
      try {
        await watchOne(key, reported, deps);
      } catch (error) {
        // A Git host that does not answer holds up no deployment. The next result is compared again.
        if (!(error instanceof Failure)) throw error;
        isComplete = false;
        log('warn', 'drift-not-read', { ...key, code: error.code, reason: error.message });
      }
    };
    const atMost = pLimit(parallel);
    await Promise.all([...keys.values()].slice(0, mostEnvironments).map((key) => atMost(() => check(key))));
    if (isComplete) seen.set(application, result.images);
  };
}

/** The names of the images that run in another version than before, or did not run. */
function changedNames(before: readonly string[], now: readonly string[]): ReadonlySet<string> {
  const known = new Set(before);
  return new Set(now.filter((text) => !known.has(text)).flatMap(nameOf));
}

function nameOf(text: string): readonly string[] {
  const image = parseImageReference(text);
  return image ? [imageName(image)] : [];
}

async function watchOne(key: EnvironmentKey, { result }: ApplicationResult, deps: WatchDriftDeps): Promise<void> {
  const named = await deps.findNamed(key);
  const deployed = named && (await deps.findDeployed(key));
  if (!deployed) return;
  const at = named.image.indexOf('/');
  const [registry, repositoryName] = [named.image.slice(0, at), named.image.slice(at + 1)];
  const { tag, digest } = deployed;
  const image = { registry, repository: repositoryName, tag, ...(digest !== undefined && { digest }) };
  const { environment } = named;
  const facts = deps.factsOf(result, environment.repository);
  const runs = runsImage({ update: { image }, environment }, facts);
  if (deployed.state !== 'superseded' && !deployed.drift && runs !== false) return;
  const record = await deps.store.find({ id: deployed.id, ...key });
  const [revision] = facts.compared;
  if (record?.commit === undefined || revision === undefined) return;
  const written = writtenEnvironment(environment, record);
  if (written.repository !== environment.repository) return;
  if (!(await deps.revisions.holds(written.repository, record.commit, revision))) return;
  const { repository } = deps.repositories.open(written.repository);
  await noteDrift(record, { environment: written, revision, repository }, deps);
}
