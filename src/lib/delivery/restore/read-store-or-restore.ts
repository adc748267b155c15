import { Failure } from '../../model/failure.ts';
import type { ResolvedUpdate } from '../../values/inspect.ts';
import { updateKey } from '../../model/tag-update.ts';
import { readStore } from '../attempt.ts';
import type { Known } from '../attempt.ts';
import type { DeliverDeps } from '../delivery.ts';
import { commitsOf } from './commits-of.ts';
import { restoreCommits } from './restore-commits.ts';
import type { RestorePlace } from './restore-commits.ts';

/** Commits of each file of an environment that are read before its first write. */
const searchedCommits = 100;

/**
 * The stored records and marks of a group. If an environment has no mark, it is new, or its mark was lost: then the history
 * of its files is searched, once.
 */
export async function readStoreOrRestore(
  group: readonly ResolvedUpdate[],
  place: RestorePlace,
  deps: Pick<DeliverDeps, 'store' | 'freezes' | 'now' | 'findEnvironment'>,
): Promise<Known> {
  const known = await readStore(group, deps);
  const unmarked = new Map(
    group.flatMap((resolved) => {
      const key = updateKey(resolved.update);
      return known.marks.get(key) ? [] : [[key, resolved] as const];
    }),
  );
  const waiting = group.map(({ update }) => update);
  const failed = new Map<string, Failure>();
  const restored = await Promise.all(
    [...unmarked].map(async ([key, one]) => {
      try {
        return await restoreOnce(one, waiting, place, deps);
      } catch (error) {
        if (!(error instanceof Failure) || error.code === 'branch-moved') throw error;
        failed.set(key, error);
        return false;
      }
    }),
  );
  const current = restored.includes(true) ? await readStore(group, deps) : known;
  return failed.size === 0 ? current : { ...current, failed };
}

/** @returns whether the store has changed */
async function restoreOnce(
  resolved: ResolvedUpdate,
  waiting: readonly ResolvedUpdate['update'][],
  place: RestorePlace,
  deps: Pick<DeliverDeps, 'store' | 'now' | 'findEnvironment'>,
): Promise<boolean> {
  const { store, now } = deps;
  const { update } = resolved;
  if (await store.isMarkKnown(update)) return false;
  const { tip, repository } = place;
  const commits = await commitsOf(resolved, tip, searchedCommits, repository);
  const [restored] = await restoreCommits(commits, place, {
    store,
    now,
    waiting,
    findEnvironment: (named) =>
      Promise.resolve(updateKey(named) === updateKey(update) ? resolved.environment : undefined),
  });
  if (!restored?.mark) await store.recordNoMark(update, { at: now().toISOString(), commit: tip.commit });
  return restored !== undefined;
}
