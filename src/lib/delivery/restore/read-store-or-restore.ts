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
  /** One environment whose search fails holds up no other. */
  async function alone<T>(key: string, search: () => Promise<T>): Promise<T | 'nothing'> {
    try {
      return await search();
    } catch (error) {
      if (!(error instanceof Failure) || error.code === 'branch-moved') throw error;
      failed.set(key, error);
      return 'nothing';
    }
  }
  const states = await Promise.all(
    [...unmarked].map(([key, { update }]) =>
      alone(key, async () => ((await deps.store.isMarkKnown(update)) ? 'nothing' : 'to search')),
    ),
  );
  const isShared = states.filter((state) => state === 'to search').length >= sharedSearch;
  const named = isShared ? await namedEnvironments?.().catch(searchByFiles) : undefined;
  const found = await Promise.all(
    [...unmarked].map(async ([key, one], index): Promise<Found> => {
      if (states[index] !== 'to search') return 'nothing';
      // A person can give a merged pull request any first line. The shared search skips first lines without `deploy`.
      if (named?.has(key) === false && one.environment.delivery !== 'pull-request') return 'no-mark';
      return alone(key, () => restoreOne(one, waiting, place, deps));
    }),
  );
  const current = found.some((what) => what === 'records' || what === 'mark') ? await readStore(group, deps) : known;
  const withoutMark = [...unmarked.values()].flatMap(({ update }, index) =>
    found[index] === 'records' || found[index] === 'no-mark' ? [update] : [],
  );
  return { ...current, withoutMark, ...(failed.size > 0 && { failed }) };
}

/** The history could not be listed. The search by files shows why, for each environment. */
function searchByFiles(error: unknown): undefined {
  if (!(error instanceof Failure) || error.code === 'branch-moved') throw error;
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
