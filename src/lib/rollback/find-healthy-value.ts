import type { RollbackPlace } from '../delivery/judge-rollback.ts';
import type { DeploymentIndex } from '../deployments/deployment-index.ts';
import type { DeploymentStore } from '../deployments/store.ts';
import type { Repositories } from '../git/repositories.ts';
import type { TaggedImage } from '../model/tag-update.ts';
import type { Environment } from '../routes/route.ts';
import type { SettleStore, ValueStore } from '../settling/settle-store.ts';
import type { Committed, Refusal } from './committed.ts';
import * as conditions from './conditions.ts';
import { findForeign, isByTagrelay } from './foreign-commits.ts';
import type { IsOurs } from './foreign-commits.ts';
import { lastHealthy } from './last-healthy.ts';
import { pathsOf } from './paths-of.ts';

export interface FindHealthyValueDeps {
  readonly store: Pick<DeploymentStore, 'find'>;
  readonly index: Pick<DeploymentIndex, 'list'>;
  readonly results: Pick<SettleStore, 'lastResult'> & Pick<ValueStore, 'keptValues'>;
  readonly repositories: Pick<Repositories, 'open'>;
  /** Whether a URL of Argo CD names the repository of this key. */
  readonly isOfRepository: (url: string, key: string) => boolean;
}

/** The last healthy value before a deployment, if only commits of tagrelay changed its applications since. */
export async function findHealthyValue(
  { update, commit, applications = [] }: Committed,
  environment: Environment,
  { tip, repository }: RollbackPlace,
  deps: FindHealthyValueDeps,
): Promise<{ readonly image: TaggedImage } | Refusal> {
  const kept = await Promise.all(applications.map((name) => deps.results.keptValues(name, update)));
  const healthy = kept.map((values) => values.healthy);
  const value = await lastHealthy(healthy, { image: update.image, commit }, (a, b) => repository.isAncestor(a, b));
  if (!value) return { refused: 'no other value is known to have been healthy before it' };
  const { key } = deps.repositories.open(environment.repository);
  const last = await Promise.all(applications.map((name) => deps.results.lastResult(name)));
  const paths = last.flatMap((one) =>
    pathsOf(one?.result ?? { sources: [] }, environment, (url) => deps.isOfRepository(url, key)),
  );
  const range = { revision: value.revision, tip: tip.commit };
  const isOurs: IsOurs = async (found, above) =>
    (await isByTagrelay(found, above, deps.store)) ||
    (environment.delivery === 'observe' && (await isRecorded(found.commit, deps)));
  const foreign = await findForeign([...new Set(paths)], range, repository, isOurs);
  if (foreign === 'unknown')
    return { refused: `its last healthy revision ${value.revision.slice(0, 10)} lies too deep, or not below the tip` };
  const reason = conditions.own(foreign);
  return reason === undefined ? value : { refused: reason };
}

/** Whether a record names a commit: with `delivery: observe` someone else commits its value. */
async function isRecorded(commit: string, { index }: FindHealthyValueDeps): Promise<boolean> {
  return (await index.list({ commit }, { limit: 1 })).deployments.length > 0;
}
