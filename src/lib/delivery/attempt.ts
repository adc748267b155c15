import type { Deployment, Mark } from '../model/deployment.ts';
import type { Tip } from '../git/repository.ts';
import type { OpenedFile, ResolvedUpdate } from '../values/inspect.ts';
import { updateKey } from '../model/tag-update.ts';
import type { DeliverDeps, Target } from './delivery.ts';

/** The stored records and marks of the updates of a group. */
export interface Known {
  readonly records: ReadonlyMap<string, Deployment | undefined>;
  readonly marks: ReadonlyMap<string, Mark | undefined>;
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
  { store }: Pick<DeliverDeps, 'store'>,
): Promise<Known> {
  const environments = new Map(group.map(({ update }) => [updateKey(update), update]));
  const [records, marks] = await Promise.all([
    Promise.all(group.map(async ({ update }) => [update.id, await store.find(update)] as const)),
    Promise.all([...environments].map(async ([key, update]) => [key, await store.findMark(update)] as const)),
  ]);
  return { records: new Map(records), marks: new Map(marks) };
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
