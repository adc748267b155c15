import { chartVersion } from '../edit/kinds/chart-version.ts';
import { imageName } from '../model/image-reference.ts';
import { ignoresMark } from '../model/tag-update.ts';
import { compareTags } from '../routes/match/tag-policy.ts';
import type { ResolvedUpdate } from '../values/inspect.ts';
import { policyTag } from '../values/policy-tag.ts';
import type { Deployment } from '../model/deployment.ts';
import { isPreviewed } from '../model/is-open.ts';
import type { Observation } from './classify.ts';
import { rankOf } from '../model/progress.ts';
import type { Progress } from '../model/progress.ts';
import type { Revisions } from './revisions.ts';
import { runningOf, runsImage } from './running-image.ts';
import type { SyncFacts } from './sync-facts.ts';

export type ObservationAtRevision = Omit<Observation, 'runs'> & {
  /** The commit, or the version of the chart. */
  readonly revision?: string;
};

/**
 * Compares a deployment's value with the one at the revision of a sync result; `undefined` if the result does not concern
 * the deployment, or adds nothing to `known`.
 *
 * @param known the progress by earlier results of the application
 * @param hasLeft whether the application reads another repository now
 */
export async function observe(
  facts: SyncFacts,
  deployment: Deployment,
  known: Progress | undefined,
  resolved: ResolvedUpdate,
  revisions: Revisions,
  hasLeft = false,
): Promise<ObservationAtRevision | undefined> {
  const kinds = new Set(resolved.environment.update.map(({ kind }) => kind));
  const isInGit = facts.compared.length > 0 || facts.operated.length > 0;
  // These updates change the source of another application than the one that deploys their repository.
  const isBeside = kinds.has('application') || (kinds.has('chart') && !isInGit);
  if (isPreviewed(deployment)) return observePreview(facts, resolved);
  if (isBeside || hasLeft) return observeBeside(facts, deployment, resolved);
  if (deployment.commit === undefined) return undefined;
  const mayBeSuperseded = known === undefined || rankOf(known) < rankOf({ state: 'superseded' });
  const isRecorded = deployment.edits !== undefined;
  return observeCommits(facts, { commit: deployment.commit, mayBeSuperseded, isRecorded }, resolved, revisions);
}

interface WrittenCommit {
  readonly commit: string;
  readonly mayBeSuperseded: boolean;
  /** Whether the record has the edits of its commit. */
  readonly isRecorded: boolean;
}

/**
 * Compares by the value at a revision: the compared one if the application is Synced, because an unchanged manifest starts
 * no operation, else the operation's. If another value adds nothing, ancestry is not queried: one read of a file is
 * enough for all deployments that were superseded there.
 */
async function observeCommits(
  facts: SyncFacts,
  { commit, mayBeSuperseded, isRecorded }: WrittenCommit,
  resolved: ResolvedUpdate,
  revisions: Revisions,
): Promise<ObservationAtRevision | undefined> {
  const { sync, compared, operated, operation } = facts;
  const { repository } = resolved.environment;
  let other: string | undefined;
  let own: string | undefined;
  // The revision of an operation that has just started is not known.
  const isCompared = sync === 'Synced' || (operated.length === 0 && operation?.phase === 'Running');
  for (const revision of new Set(isCompared ? compared : operated)) {
    if (!mayBeSuperseded && (await revisions.valueAt(resolved, revision)) !== 'own') continue;
    if (!(await revisions.holds(repository, commit, revision))) continue;
    const value = await revisions.valueAt(resolved, revision);
    if (value === 'own') own ??= revision;
    if (value === 'other') other ??= revision;
  }
  const revision = own ?? other;
  if (revision === undefined) return undefined;
  // The route now writes another scalar. Its value does not concern this commit.
  if (own === undefined && !isRecorded && (await revisions.valueAt(resolved, commit)) !== 'own') return undefined;
  const held = await Promise.all(operated.map((operation) => revisions.holds(repository, commit, operation)));
  const isLive = sync === 'Synced' || operation?.phase === 'Succeeded' || runsNewer(facts, resolved);
  // An operation with an unknown revision can still fail.
  if (own === undefined && !isLive && isCompared) return undefined;
  return {
    value: own === undefined ? 'other' : 'own',
    isOwnOperation: held.includes(true),
    isComparedLater: compared.some((one) => !operated.includes(one)),
    isLive,
    revision,
  };
}

/** Another value runs. The revision of the other application does not belong to this repository. */
const beside = { isComparedLater: false, isLive: true } as const;

/** The largest difference between the clocks of Argo CD and the registry. */
const clockToleranceMs = 5 * 60_000;

/**
 * Compares by the running images, or by the revision of the chart, after an operation that started since the image was
 * pushed: a merge, or the push of a killed worker, is recorded later than Argo CD deploys it. The image of a replay or rollback can
 * have run before, so there the operation has to start after that was requested. A newer value in an operation
 * that started after the record became `committed` supersedes the deployment. An older value is ignored: it may not be
 * replaced yet.
 */
function observeBeside(
  facts: SyncFacts,
  { states }: Deployment,
  resolved: ResolvedUpdate,
): ObservationAtRevision | undefined {
  const { operation, charts } = facts;
  const committedAt = states.find(({ state }) => state === 'committed')?.at;
  if (!operation || committedAt === undefined) return undefined;
  const isAfter = (time: number): boolean => Date.parse(operation.startedAt) > time;
  const { image, pushedAt } = resolved.update;
  if (
    !isAfter(
      ignoresMark(resolved.update) ? Date.parse(states[0]?.at ?? committedAt) : Date.parse(pushedAt) - clockToleranceMs,
    )
  )
    return undefined;
  const isAfterCommit = isAfter(Date.parse(committedAt));
  const chart = charts.find(({ name }) => name === imageName(image));
  if (chart) {
    const { revision } = chart;
    const isOwn = revision === chartVersion(image) || revision === image.tag || revision === image.digest;
    if (isOwn) return { value: 'own', isOwnOperation: true, ...beside, revision };
    const isReplaced = isAfterCommit && isNewer(revision, resolved);
    return isReplaced ? { value: 'other', isOwnOperation: false, ...beside, revision } : undefined;
  }
  if (runsImage(resolved, facts) === true) return { value: 'own', isOwnOperation: true, ...beside };
  const isReplaced = isAfterCommit && runsNewer(facts, resolved);
  return isReplaced ? { value: 'other', isOwnOperation: false, ...beside } : undefined;
}

/**
 * Compares by the running images of a result that Argo CD reconciled after the push: nothing in Git shows the value. A newer
 * image in the same application supersedes the deployment.
 */
function observePreview(facts: SyncFacts, resolved: ResolvedUpdate): ObservationAtRevision | undefined {
  const { reconciledAt, operation } = facts;
  const { pushedAt } = resolved.update;
  if (reconciledAt === undefined || Date.parse(reconciledAt) <= Date.parse(pushedAt)) return undefined;
  if (runsImage(resolved, facts) === true) {
    const isOwnOperation = operation !== undefined && Date.parse(operation.startedAt) > Date.parse(pushedAt);
    return { value: 'own', isOwnOperation, ...beside };
  }
  return runsNewer(facts, resolved) ? { value: 'other', isOwnOperation: false, ...beside } : undefined;
}

/** Whether an application runs a newer image of the repository, and not the image of the update. */
function runsNewer(facts: SyncFacts, resolved: ResolvedUpdate): boolean {
  if (runsImage(resolved, facts) === true) return false;
  const running = runningOf(resolved.update.image, facts.images ?? []);
  return running.some(({ tag }) => tag !== undefined && isNewer(tag, resolved));
}

function isNewer(tag: string, { update, environment }: ResolvedUpdate): boolean {
  const own = policyTag(environment, update.image.tag);
  const order = compareTags(environment.tags, { tag }, { tag: own, pushedAt: new Date(update.pushedAt) });
  return order !== undefined && order > 0;
}
