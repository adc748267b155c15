import type { Deployment } from '../model/deployment.ts';
import type { DeploymentFilter, DeploymentIndex } from '../deployments/deployment-index.ts';
import type { DeploymentStore } from '../deployments/store.ts';
import type { Environment } from '../routes/route.ts';
import { supersedingImage } from '../model/deployment.ts';
import { compareTags } from '../routes/match/tag-policy.ts';
import { policyTag } from '../values/policy-tag.ts';
import { jobOf, updateKey } from '../model/tag-update.ts';
import type { TagUpdate } from '../model/tag-update.ts';

export interface FindNewerDeps {
  readonly index: Pick<DeploymentIndex, 'list'>;
  readonly store: Pick<DeploymentStore, 'findMark' | 'allAnnouncements'>;
  readonly findEnvironment: (update: TagUpdate) => Promise<Environment | undefined>;
}

/** How often a place may have been taken before the last that took it is looked for no further. */
const longestChain = 50;

/**
 * The deployment that has the place of a superseded one now: what its record names, or what the mark stands for, and what
 * has taken the place of that. `undefined` where what is there instead is no newer deployment: a person wrote it.
 * `not-there-yet` where a record names what has none so far.
 */
export async function findNewer(
  superseded: Deployment,
  deps: FindNewerDeps,
): Promise<Deployment | 'not-there-yet' | undefined> {
  const seen = new Set([jobOf(superseded.update)]);
  let last: Deployment | undefined;
  for (let current = superseded; current.state === 'superseded' && seen.size < longestChain;) {
    const next = (await named(current, seen, deps)) ?? (await atMark(current, seen, deps));
    if (next === 'not-there-yet') return next;
    if (!next) return last;
    seen.add(jobOf(next.update));
    last = next;
    current = next;
  }
  return last;
}

/** Whether a push is announced that may have taken a deployment's place, and whose record is not written yet. */
export async function isPushUnderWay(
  { update }: Deployment,
  { store }: Pick<FindNewerDeps, 'store'>,
): Promise<boolean> {
  const announcements = await store.allAnnouncements();
  return announcements.some(({ updates }) =>
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
  // An update gets its record under the digest that it went on with when it is delivered.
  return found ?? (digest === undefined ? undefined : 'not-there-yet');
}

/** The highest that was ever committed there, where that is no older than the deployment itself. */
async function atMark({ update }: Deployment, seen: Seen, deps: FindNewerDeps): Promise<Deployment | undefined> {
  const { route, environment: name } = update;
  const [mark, environment] = await Promise.all([
    deps.store.findMark({ route, environment: name }),
    deps.findEnvironment(update),
  ]);
  if (!mark || !environment) return undefined;
  const tag = policyTag(environment, update.image.tag);
  const dated = { tag, pushedAt: new Date(update.pushedAt) };
  const order =
    mark.tag === tag ? 0 : compareTags(environment.tags, { tag: mark.tag, pushedAt: new Date(mark.pushedAt) }, dated);
  // What the policy cannot order says nothing.
  if (order === undefined || order < 0) return undefined;
  const { tag: pushed } = supersedingImage(mark.tag);
  const committed =
    mark.commit === undefined ? undefined : await findOther(update, { tag: pushed, commit: mark.commit }, seen, deps);
  if (committed) return committed;
  // The mark is raised before the record is written. Of its own tag only the digest says that it is another.
  if (mark.tag === tag && mark.digest === undefined) return undefined;
  return findOther(update, { tag: pushed }, seen, deps, mark.tag === tag ? mark.digest : undefined);
}

/** The newest of another job in the same place. */
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
