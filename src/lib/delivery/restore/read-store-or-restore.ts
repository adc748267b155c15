import { Failure } from '../../model/failure.ts';
import type { ResolvedUpdate } from '../../values/inspect.ts';
import { updateKey } from '../../model/tag-update.ts';
import { readStore } from '../attempt.ts';
import type { Known } from '../attempt.ts';
import type { DeliverDeps } from '../delivery.ts';
import { commitsOf } from './commits-of.ts';
import { restoreCommits } from './restore-commits.ts';
import type { NamedEnvironments } from './named-environments.ts';
import type { RestorePlace } from './restore-place.ts';

/** Commits of each file of an environment that are read before its first write. */
const searchedCommits = 100;
/** So many environments without a mark share one search of the branch's history. */
const sharedSearch = 8;

/**
 * The stored records and marks of a group. If an environment has no mark, it is new, or its mark was lost: then the history
 * of its files is searched, once. Many environments of a branch are searched together.
 *
 * @param namedEnvironments the environments that trailers of the branch name
 */
export async function readStoreOrRestore(
  group: readonly ResolvedUpdate[],
  place: RestorePlace,
  deps: Pick<DeliverDeps, 'store' | 'freezes' | 'now' | 'findEnvironment'>,
  namedEnvironments?: () => ReturnType<NamedEnvironments>,
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
  const isSearched = await Promise.all([...unmarked.values()].map(({ update }) => deps.store.isMarkKnown(update)));
  const toSearch = isSearched.filter((is) => !is).length;
  const named = toSearch < sharedSearch ? undefined : await namedEnvironments?.();
  const found = await Promise.all(
    [...unmarked].map(async ([key, one], index) => {
      if (isSearched[index] === true) return 'nothing';
      // A person can give the merge of a pull request any first line, and that search reads only those of updates.
      if (named?.has(key) === false && one.environment.delivery !== 'pull-request') return 'no-mark';
      try {
        return await restoreOne(one, waiting, place, deps);
      } catch (error) {
        if (!(error instanceof Failure) || error.code === 'branch-moved') throw error;
        failed.set(key, error);
        return 'nothing';
      }
    }),
  );
  const current = found.some((what) => what === 'records' || what === 'mark') ? await readStore(group, deps) : known;
  const withoutMark = [...unmarked.values()].flatMap(({ update }, index) =>
    found[index] === 'records' || found[index] === 'no-mark' ? [update] : [],
  );
  return { ...current, withoutMark, ...(failed.size > 0 && { failed }) };
}

/** The result of a search of the history; `nothing` where none was made. */
type Found = 'mark' | 'records' | 'no-mark' | 'nothing';

async function restoreOne(
  resolved: ResolvedUpdate,
  waiting: readonly ResolvedUpdate['update'][],
  place: RestorePlace,
  deps: Pick<DeliverDeps, 'store' | 'now' | 'findEnvironment'>,
): Promise<Found> {
  const { store, now } = deps;
  const { update } = resolved;
  const { tip, repository } = place;
  const commits = await commitsOf(resolved, tip, searchedCommits, repository);
  const [restored] = await restoreCommits(commits, place, {
    store,
    now,
    waiting,
    findEnvironment: (named) =>
      Promise.resolve(updateKey(named) === updateKey(update) ? resolved.environment : undefined),
  });
  if (restored?.mark) return 'mark';
  return restored ? 'records' : 'no-mark';
}
