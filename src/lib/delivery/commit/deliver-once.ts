import { applicationsOf, isEnded, moveToCommitted, queued } from '../../model/deployment.ts';
import type { Deployment, Mark } from '../../model/deployment.ts';
import { decode } from '../../edit/yaml/decode.ts';
import { chartLockPath, openFile } from '../../edit/edit.ts';
import type { EditableFile } from '../../edit/edit.ts';
import { Failure } from '../../model/failure.ts';
import type { GitOpsRepository, Tip } from '../../git/repository.ts';
import { withRegistry } from '../ask-registry.ts';
import { announcePush } from '../intents/record.ts';
import { findIntroduction } from '../../values/find-introduction.ts';
import { giveWay } from '../yield-to-pusher.ts';
import type { Outcome } from '../../model/outcome.ts';
import { putBackMoved, putBackOvertaken } from '../redeliver-overtaken.ts';
import { previousTag } from '../plan/commit-message.ts';
import { decide } from '../plan/decide.ts';
import { inspect } from '../../values/inspect.ts';
import type { Inspection, OpenedFile, ResolvedUpdate } from '../../values/inspect.ts';
import { observed } from '../plan/observed.ts';
import { planCommit } from '../plan/plan-commit.ts';
import { policyTag } from '../../values/policy-tag.ts';
import type { CommitPlan } from '../plan/plan-commit.ts';
import { datePushes } from '../push-times.ts';
import { settleAnnouncements } from '../intents/reconcile.ts';
import { storeMark } from '../marks/record-version.ts';
import { updateKey } from '../../model/tag-update.ts';
import type { DeliverDeps, PushDeps, Target } from '../delivery.ts';

export type Outcomes = Map<string, Outcome>;

/** What the store says of the updates of a group. */
export interface Known {
  readonly records: ReadonlyMap<string, Deployment | undefined>;
  readonly marks: ReadonlyMap<string, Mark | undefined>;
}

/**
 * One try to deliver a group: tip → announcements → records, marks and files → decision → announce → push → marks and
 * records → withdraw. Each read comes after the tip, so that what it misses makes the push stale.
 *
 * @throws {Failure} what concerns the whole group; `branch-moved` and `answer-lost` ask for another try from the start
 */
export async function deliverOnce(group: readonly ResolvedUpdate[], target: Target, deps: PushDeps): Promise<Outcomes> {
  const tip = await target.repository.tip(target.branch);
  const announcements = await deps.store.announcements(target.key);
  giveWay(announcements, deps);
  await settleAnnouncements(announcements, tip, target.repository, deps);
  return withRegistry(group, deps, (current) => deliverAsked(current, tip, target, deps));
}

async function deliverAsked(
  group: readonly ResolvedUpdate[],
  tip: Tip,
  target: Target,
  deps: PushDeps,
): Promise<Outcomes> {
  const [known, files] = await Promise.all([askStore(group, deps), readFiles(target.repository, tip.commit, group)]);
  const outcomes: Outcomes = new Map();
  const toApply: Inspection[] = [];
  const decisions = await Promise.all(
    group
      .map((resolved) => withBuild(resolved, known))
      .map(async (resolved) => ({ resolved, decided: await judge(resolved, tip, files, known, target, deps) })),
  );
  for (const { resolved, decided } of decisions) {
    if ('kind' in decided) outcomes.set(resolved.update.id, decided);
    else toApply.push(decided);
  }
  const plan = planCommit(toApply, openedFiles(files));
  if (plan.applied.length > 0) await pushPlan(plan, tip, known, target, deps, outcomes);
  return outcomes;
}

export async function askStore(
  group: readonly ResolvedUpdate[],
  { store }: Pick<DeliverDeps, 'store'>,
): Promise<Known> {
  const environments = new Map(group.map(({ update }) => [updateKey(update), update]));
  const [records, marks] = await Promise.all([
    Promise.all(group.map(async ({ update }) => [update.id, await store.find(update)] as const)),
    Promise.all([...environments].map(async ([key, update]) => [key, await store.findMark(update)] as const)),
  ]);
  return { records: new Map(records), marks: new Map(marks) };
}

/** The update with the build, and the repository it was built from, that its record knows, for the message in Git. */
export function withBuild(resolved: ResolvedUpdate, { records }: Pick<Known, 'records'>): ResolvedUpdate {
  const { build, source } = records.get(resolved.update.id) ?? {};
  const builtFrom = build?.repository ?? source?.repository;
  return { ...resolved, ...(build && { build }), ...(builtFrom !== undefined && { builtFrom }) };
}

/** The outcome of an update that writes nothing, or what it would write. */
async function judge(
  resolved: ResolvedUpdate,
  tip: Tip,
  files: ReadonlyMap<string, OpenedFile>,
  { records, marks }: Known,
  target: Target,
  deps: PushDeps,
): Promise<Outcome | Inspection> {
  const { update, environment } = resolved;
  const record = records.get(update.id);
  if (record && isEnded(record)) {
    if (record.state !== 'pull-request') await putBackMoved(resolved, marks.get(updateKey(update)), deps);
    return {
      kind: 'done-before',
      state: record.state,
      ...(record.commit === undefined ? {} : { commit: record.commit }),
    };
  }
  const weighed = await weigh(resolved, tip, files, marks.get(updateKey(update)), target, deps);
  if ('kind' in weighed) return weighed;
  return environment.delivery === 'observe' ? observed(weighed, openedFiles(files)) : weighed;
}

/** The outcome of an update that the files or the mark of the target decide, or what is to be written. */
export async function weigh(
  resolved: ResolvedUpdate,
  tip: Tip,
  files: ReadonlyMap<string, OpenedFile>,
  mark: Mark | undefined,
  target: Target,
  deps: DeliverDeps,
): Promise<Outcome | Inspection> {
  try {
    const inspection = inspect(resolved, files);
    if (inspection === 'ignored') return { kind: 'ignored' };
    const pushTimes = await datePushes(tip, inspection, mark, {
      repository: target.repository,
      registry: deps.registry,
    });
    const decision = decide(inspection, pushTimes, mark);
    if (decision.kind === 'superseded') return decision;
    if (decision.kind === 'up-to-date') return await settleUpToDate(inspection, tip, mark, target, deps);
    return inspection;
  } catch (error) {
    // What one update needs to look up, and cannot, holds up no other; a branch that was rewritten concerns all.
    if (error instanceof Failure && error.code !== 'branch-moved') return { kind: 'failed', failure: error };
    throw error;
  }
}

/** The value is there, whoever wrote it: the update is committed at the commit that put it there. */
async function settleUpToDate(
  inspection: Inspection,
  tip: Tip,
  planned: Mark | undefined,
  target: Target,
  deps: DeliverDeps,
): Promise<Outcome> {
  const { resolved } = inspection;
  const commit = await findIntroduction(inspection, tip.commit, target.repository);
  await storeMark(resolved, markOf(resolved, commit), planned, deps.store, target.repository);
  await recordCommitted(resolved, { commit, branch: tip.branch }, deps);
  return { kind: 'up-to-date', commit, branch: tip.branch };
}

async function pushPlan(
  plan: CommitPlan,
  tip: Tip,
  { marks }: Known,
  target: Target,
  deps: PushDeps,
  outcomes: Outcomes,
): Promise<void> {
  const { commit, withdraw } = await announcePush(plan, tip, target, deps);
  const groupSize = plan.applied.length;
  await Promise.all(
    plan.applied.map(async (inspection) => {
      const { resolved } = inspection;
      const previous = previousTag(inspection);
      const details = { commit, branch: tip.branch, ...(previous === undefined ? {} : { previous }) };
      const planned = marks.get(updateKey(resolved.update));
      const newer = await storeMark(resolved, markOf(resolved, commit), planned, deps.store, target.repository);
      await recordCommitted(resolved, details, deps);
      if (newer) await putBackOvertaken(inspection, newer, commit, target, deps);
      outcomes.set(resolved.update.id, { kind: 'committed', groupSize, ...details });
    }),
  );
  for (const { inspection, by } of plan.superseded) {
    outcomes.set(inspection.resolved.update.id, { kind: 'superseded', by, reason: `the same commit brought ${by}` });
  }
  await withdraw();
}

export function recordCommitted(
  { update, environment }: ResolvedUpdate,
  details: Pick<Deployment, 'commit' | 'branch' | 'previous' | 'pullRequest'>,
  { store, now }: DeliverDeps,
): Promise<void> {
  return store.update(update, (current) =>
    moveToCommitted(
      current ?? queued(update, environment.repository, now()),
      { ...details, ...applicationsOf(environment) },
      now(),
    ),
  );
}

export function markOf({ update, environment }: ResolvedUpdate, commit: string): Mark & { readonly commit: string } {
  const { digest } = update.image;
  const tag = policyTag(environment, update.image.tag);
  return { tag, pushedAt: update.pushedAt, commit, ...(digest === undefined ? {} : { digest }) };
}

export async function readFiles(
  repository: Pick<GitOpsRepository, 'read'>,
  commit: string,
  group: readonly Pick<ResolvedUpdate, 'environment'>[],
): Promise<Map<string, OpenedFile>> {
  const steps = group.flatMap(({ environment }) => environment.update);
  const paths = new Set(steps.flatMap(({ kind, file }) => (kind === 'chart' ? [file, chartLockPath(file)] : [file])));
  const contents = await repository.read(commit, [...paths]);
  return new Map([...contents].map(([path, bytes]) => [path, tryOpen(path, bytes)]));
}

/** A file that cannot be opened fails the updates that need it, not the others of the group. */
export function tryOpen(path: string, bytes: Uint8Array): EditableFile | Failure {
  try {
    return openFile(path, decode(path, bytes));
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

export function openedFiles(files: ReadonlyMap<string, OpenedFile>): Map<string, EditableFile> {
  return new Map(
    [...files].flatMap(([path, file]) => (file === undefined || file instanceof Failure ? [] : [[path, file]])),
  );
}
