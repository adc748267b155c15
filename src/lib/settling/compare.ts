import { chartVersion } from '../edit/kinds/chart-version.ts';
import { imageName } from '../model/image-reference.ts';
import { compareTags } from '../routes/match/tag-policy.ts';
import type { ResolvedUpdate } from '../values/inspect.ts';
import { policyTag } from '../values/policy-tag.ts';
import type { Deployment } from '../model/deployment.ts';
import type { Sight } from './classify.ts';
import { rankOf } from '../model/progress.ts';
import type { Progress } from '../model/progress.ts';
import type { Revisions } from './revisions.ts';
import { runningOf, runsImage } from './running-image.ts';
import type { SyncFacts } from './sync-facts.ts';

export type SightAtRevision = Sight & {
  /** The commit, or the chart's version, that was looked at. */
  readonly revision?: string;
};

/**
 * What a sync result shows of a deployment's value; `undefined` where it says nothing of it, or no more than is known.
 *
 * @param known what results of the application have shown of the deployment
 */
export async function lookFrom(
  facts: SyncFacts,
  deployment: Deployment,
  known: Progress | undefined,
  resolved: ResolvedUpdate,
  revisions: Revisions,
): Promise<SightAtRevision | undefined> {
  const kinds = new Set(resolved.environment.update.map(({ kind }) => kind));
  const isInGit = facts.compared.length > 0 || facts.operated.length > 0;
  // These change the source of another application than the one whose commits they are in.
  const isBeside = kinds.has('application') || (kinds.has('chart') && !isInGit);
  if (isBeside) return lookBeside(facts, deployment, resolved);
  if (deployment.commit === undefined) return undefined;
  const mayBeSuperseded = known === undefined || rankOf(known) < rankOf({ state: 'superseded' });
  return lookAtCommits(facts, { commit: deployment.commit, mayBeSuperseded }, resolved, revisions);
}

/**
 * By the value at the revision: the compared one where the application is Synced, because an unchanged manifest starts
 * no operation, else the operation's. Where another value would say nothing new, it is not asked whether the revision has
 * the commit: one read of a file does for all that were superseded there.
 */
async function lookAtCommits(
  { sync, compared, operated }: SyncFacts,
  { commit, mayBeSuperseded }: { readonly commit: string; readonly mayBeSuperseded: boolean },
  resolved: ResolvedUpdate,
  revisions: Revisions,
): Promise<SightAtRevision | undefined> {
  const { repository } = resolved.environment;
  let other: string | undefined;
  let own: string | undefined;
  for (const revision of new Set(sync === 'Synced' ? compared : operated)) {
    if (!mayBeSuperseded && (await revisions.valueAt(resolved, revision)) !== 'own') continue;
    if (!(await revisions.holds(repository, commit, revision))) continue;
    const value = await revisions.valueAt(resolved, revision);
    if (value === 'own') own ??= revision;
    if (value === 'other') other ??= revision;
  }
  const revision = own ?? other;
  if (revision === undefined) return undefined;
  // The route writes another place by now: what stands there says nothing of what the commit brought.
  if (own === undefined && (await revisions.valueAt(resolved, commit)) !== 'own') return undefined;
  const held = await Promise.all(operated.map((operation) => revisions.holds(repository, commit, operation)));
  return { value: own === undefined ? 'other' : 'own', isOwnOperation: held.includes(true), revision };
}

/** How far the clocks of Argo CD and of the registry may be apart. */
const clockToleranceMs = 5 * 60_000;

/**
 * By what runs, or by the chart's revision, after an operation that began since the image is there: a merge, or the push
 * of a worker that was killed, is recorded later than Argo CD sees it. What a replay brings may have run before, so there
 * it is since the replay was asked for. A newer value that is seen by an operation that began after the record of the
 * commit has superseded the deployment; an older one may not have been replaced yet and says nothing.
 */
function lookBeside(
  { operation, charts, images, hasAllImages }: SyncFacts,
  { states }: Deployment,
  resolved: ResolvedUpdate,
): SightAtRevision | undefined {
  const committedAt = states.find(({ state }) => state === 'committed')?.at;
  if (!operation || committedAt === undefined) return undefined;
  const isAfter = (time: number): boolean => Date.parse(operation.startedAt) > time;
  const { image, pushedAt, replay } = resolved.update;
  if (!isAfter(replay ? Date.parse(states[0]?.at ?? committedAt) : Date.parse(pushedAt) - clockToleranceMs))
    return undefined;
  const isAfterCommit = isAfter(Date.parse(committedAt));
  const chart = charts.find(({ name }) => name === imageName(image));
  if (chart) {
    const { revision } = chart;
    const isOwn = revision === chartVersion(image) || revision === image.tag || revision === image.digest;
    if (isOwn) return { value: 'own', isOwnOperation: true, revision };
    const isReplaced = isAfterCommit && isNewer(revision, resolved);
    return isReplaced ? { value: 'other', isOwnOperation: false, revision } : undefined;
  }
  if (runsImage(resolved, { images: images ?? [], hasAllImages, charts }) === true)
    return { value: 'own', isOwnOperation: true };
  if (!isAfterCommit) return undefined;
  const newer = runningOf(image, images ?? []).find(({ tag }) => tag !== undefined && isNewer(tag, resolved));
  return newer && { value: 'other', isOwnOperation: false };
}

function isNewer(tag: string, { update, environment }: ResolvedUpdate): boolean {
  const own = policyTag(environment, update.image.tag);
  const order = compareTags(environment.tags, { tag }, { tag: own, pushedAt: new Date(update.pushedAt) });
  return order !== undefined && order > 0;
}
