import type { Deployment, Mark } from '../model/deployment.ts';
import { isEnded } from '../model/deployment.ts';
import { Failure } from '../model/failure.ts';
import type { Outcome } from '../model/outcome.ts';
import type { Tip } from '../git/repository.ts';
import type { OpenedFile, ResolvedUpdate } from '../values/inspect.ts';
import { passesWindows, updateKey } from '../model/tag-update.ts';
import type { Verdict } from '../promotion/verdict.ts';
import { holdByWindow } from './windows/hold.ts';
import type { Freeze } from './windows/freeze.ts';
import type { Hold } from './windows/hold.ts';
import type { EnvironmentKey } from '../deployments/store.ts';
import type { DeliverDeps, Target } from './delivery.ts';

/** The stored records and marks of the updates of a group. */
export interface Known {
  readonly records: ReadonlyMap<string, Deployment | undefined>;
  readonly marks: ReadonlyMap<string, Mark | undefined>;
  readonly freezes: readonly Freeze[];
  /** Environments without a mark whose history could not be searched, by `updateKey`: nothing is written there. */
  readonly failed?: ReadonlyMap<string, Failure>;
  /** Environments for which a search of the history has found no mark; to be kept, unless one is written now. */
  readonly withoutMark?: readonly EnvironmentKey[];
  /** When the oldest of all this was read. A push must follow soon after. */
  readonly readAt: Date;
}

/** One try to deliver a group of updates. Everything is read after the tip, so that a change in between makes the push stale. */
export interface DeliveryAttempt<Deps extends DeliverDeps = DeliverDeps> {
  readonly tip: Tip;
  readonly target: Target;
  readonly known: Known;
  /** The files of the tip. */
  readonly files: ReadonlyMap<string, OpenedFile>;
  readonly deps: Deps;
}

export async function readStore(
  group: readonly ResolvedUpdate[],
  { store, freezes: readFreezes, now }: Pick<DeliverDeps, 'store' | 'freezes' | 'now'>,
): Promise<Known> {
  const startedAt = now();
  const environments = new Map(group.map(({ update }) => [updateKey(update), update]));
  const [records, marks, { freezes, readAt }] = await Promise.all([
    Promise.all(group.map(async ({ update }) => [update.id, await store.find(update)] as const)),
    Promise.all([...environments].map(async ([key, update]) => [key, await store.findMark(update)] as const)),
    readFreezes(),
  ]);
  return {
    records: new Map(records),
    marks: new Map(marks),
    freezes,
    readAt: readAt < startedAt ? readAt : startedAt,
  };
}

/** The longest time between the plan and its push. */
const pushWithinMs = 30_000;

/**
 * Checks that the plan is recent: a window may close before the push lands.
 *
 * @throws {Failure} `branch-moved`: plan again
 */
export function checkFresh({ readAt }: Pick<Known, 'readAt'>, now: Date): void {
  if (now.getTime() - readAt.getTime() <= pushWithinMs) return;
  throw new Failure('branch-moved', 'The plan took longer than 30 s, so it is made again.');
}

/** The outcome of an update that a freeze or windows hold back now; `undefined` if none does. */
export function heldByWindow(resolved: ResolvedUpdate, known: Known, now: Date): Outcome | undefined {
  const record = known.records.get(resolved.update.id);
  // The row of a held update does not know that a person has ordered it since.
  if (record && passesWindows(record.update)) return undefined;
  const hold = holdByWindow(resolved, known.freezes, now);
  return hold && heldOutcome(resolved, hold, known);
}

export function heldOutcome({ update }: ResolvedUpdate, hold: Hold, { records }: Pick<Known, 'records'>): Outcome {
  const seen = records.get(update.id)?.updatedAt;
  return { kind: 'held', ...hold, ...(seen !== undefined && { seen }) };
}

/** The verdicts of the sources on the promotions of a group that have not ended, by id. */
export async function judgeGroup(
  group: readonly ResolvedUpdate[],
  known: Known,
  tip: Tip,
  { repository }: Target,
  { judge }: DeliverDeps,
): Promise<ReadonlyMap<string, Verdict>> {
  const open = group.filter(({ update }) => {
    const record = known.records.get(update.id);
    return !record || !isEnded(record);
  });
  return (await judge?.(open, { tip, repository })) ?? new Map<string, Verdict>();
}

/** The update with what its sources show. */
export function withVerdict(resolved: ResolvedUpdate, verdict: Verdict | undefined): ResolvedUpdate {
  if (verdict?.kind !== 'promoted') return resolved;
  return { ...resolved, promotedFrom: verdict.sources, ...(verdict.isAtSources && { isAtSources: true }) };
}

/** Keeps that the history has no mark for environments, so that it is searched once. */
export async function keepWithoutMark(
  environments: readonly EnvironmentKey[],
  { commit }: Tip,
  { store, now }: Pick<DeliverDeps, 'store' | 'now'>,
): Promise<void> {
  const searched = { at: now().toISOString(), commit };
  await Promise.all(environments.map((key) => store.recordNoMark(key, searched)));
}

export function markIn({ marks }: Known, { update }: ResolvedUpdate): Mark | undefined {
  return marks.get(updateKey(update));
}

/** The update with the build and the repository that its record knows, for the message in Git. */
export function withBuild(resolved: ResolvedUpdate, { records }: Pick<Known, 'records'>): ResolvedUpdate {
  const { build, source } = records.get(resolved.update.id) ?? {};
  const builtFrom = build?.repository ?? source?.repository;
  return { ...resolved, ...(build && { build }), ...(builtFrom !== undefined && { builtFrom }) };
}
