import type { Deployment } from '../model/deployment.ts';
import type { DeploymentFilter, DeploymentIndex } from '../deployments/deployment-index.ts';
import type { DeploymentStore } from '../deployments/store.ts';
import type { Environment } from '../routes/route.ts';
import { skipDamaged } from '../deployments/skip-invalid.ts';
import { isReplaced, supersedingImage } from '../model/deployment.ts';
import { compareTags } from '../routes/match/tag-policy.ts';
import { policyTag } from '../values/policy-tag.ts';
import { jobOf, updateKey } from '../model/tag-update.ts';
import type { TagUpdate } from '../model/tag-update.ts';

export interface FindNewerDeps {
  readonly index: Pick<DeploymentIndex, 'list'>;
  readonly store: Pick<DeploymentStore, 'findMark' | 'allIntents'>;
  readonly findEnvironment: (update: TagUpdate) => Promise<Environment | undefined>;
}

/** Limits how many superseded deployments are followed. */
const longestChain = 50;

/**
 * Follows a superseded deployment, by its record or the mark, to the current deployment of its place. `undefined` if there
 * is no newer deployment: a person wrote the value. `not-there-yet` if the superseding deployment has no record so far.
 */
export async function findNewer(
  superseded: Deployment,
  deps: FindNewerDeps,
): Promise<Deployment | 'not-there-yet' | undefined> {
  const seen = new Set([jobOf(superseded.update)]);
  let last: Deployment | undefined;
  for (let current = superseded; isReplaced(current) && seen.size < longestChain;) {
    const next = (await named(current, seen, deps)) ?? (await atMark(current, seen, deps));
    if (next === 'not-there-yet') return next;
    if (!next) return last;
    seen.add(jobOf(next.update));
    last = next;
    current = next;
  }
  return last;
}

/** Whether a push intent is open that can supersede the deployment and whose record is not written yet. */
export async function isPushUnderWay(
  { update }: Deployment,
  { store }: Pick<FindNewerDeps, 'store'>,
): Promise<boolean> {
  const intents = await store.allIntents();
  return intents.some(({ updates }) =>
    updates.some((other) => updateKey(other) === updateKey(update) && jobOf(other) !== jobOf(update)),
  );
}

type Seen = ReadonlySet<string>;

async function named(
  { update, supersededBy }: Deployment,
  seen: Seen,
  deps: FindNewerDeps,
): Promise<Deployment | 'not-there-yet' | undefined> {
  if (supersededBy === undefined) return undefined;
  const { tag, digest } = supersedingImage(supersededBy);
  const found = await findOther(update, { tag }, seen, deps, digest);
  // The record of an update under its digest is written on delivery.
  return found ?? (digest === undefined ? undefined : 'not-there-yet');
}

/** The deployment of the mark, unless the mark is older than the given deployment. */
async function atMark({ update }: Deployment, seen: Seen, deps: FindNewerDeps): Promise<Deployment | undefined> {
  const { route, environment: name } = update;
  const [mark, environment] = await Promise.all([
    skipDamaged(deps.store.findMark({ route, environment: name })),
    deps.findEnvironment(update),
  ]);
  if (!mark || !environment) return undefined;
  const tag = policyTag(environment, update.image.tag);
  const dated = { tag, pushedAt: new Date(update.pushedAt) };
  const order =
    mark.tag === tag ? 0 : compareTags(environment.tags, { tag: mark.tag, pushedAt: new Date(mark.pushedAt) }, dated);
  // A tag that the policy cannot order decides nothing.
  if (order === undefined || order < 0) return undefined;
  const { tag: pushed } = supersedingImage(mark.tag);
  const committed =
    mark.commit === undefined ? undefined : await findOther(update, { tag: pushed, commit: mark.commit }, seen, deps);
  if (committed) return committed;
  // The mark is raised before the record is written. With the same tag, only the digest identifies another deployment.
  if (mark.tag === tag && mark.digest === undefined) return undefined;
  return findOther(update, { tag: pushed }, seen, deps, mark.tag === tag ? mark.digest : undefined);
}

/** The newest deployment of another job for the same route and environment. */
async function findOther(
  { route, environment }: TagUpdate,
  filter: Pick<DeploymentFilter, 'tag' | 'commit'>,
  seen: Seen,
  { index }: FindNewerDeps,
  digest?: string,
): Promise<Deployment | undefined> {
  const { deployments } = await index.list({ ...filter, route, environment }, { limit: 20 });
  return deployments.find(
    ({ update }) => !seen.has(jobOf(update)) && (digest === undefined || update.image.digest === digest),
  );
}
