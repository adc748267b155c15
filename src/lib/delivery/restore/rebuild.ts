import type { DeploymentStore, EnvironmentKey, MarkHistory } from '../../deployments/store.ts';
import type { Repositories } from '../../git/repositories.ts';
import type { Commit } from '../../git/repository.ts';
import type { Clock } from '../../model/clock.ts';
import type { Mark } from '../../model/deployment.ts';
import { Failure } from '../../model/failure.ts';
import { updateKey } from '../../model/tag-update.ts';
import type { RouteTable } from '../../routes/route.ts';
import type { DeliverDeps } from '../delivery.ts';
import { targetOf } from '../target.ts';
import type { RebuildCursor } from './rebuild-cursor.ts';
import { rebuildTargets } from './rebuild-targets.ts';
import type { NotRebuilt, RebuildFilter, RebuildTarget } from './rebuild-targets.ts';
import { restoreCommits } from './restore-commits.ts';
import type { Restored } from './restore-commits.ts';

export interface RebuildDeps extends Pick<DeliverDeps, 'findEnvironment'> {
  readonly store: DeploymentStore & MarkHistory;
  readonly repositories: Repositories;
  readonly routes: () => Promise<RouteTable>;
  readonly now: Clock;
}

export interface Rebuilt extends EnvironmentKey {
  /** The mark now. */
  readonly mark: Mark | undefined;
  readonly records: number;
}

export type RebuildAnswer =
  | {
      readonly kind: 'rebuilt';
      readonly environments: readonly Rebuilt[];
      readonly notRebuilt: readonly NotRebuilt[];
      /** The cursor for the next call; absent at the end. */
      readonly next?: RebuildCursor;
    }
  | { readonly kind: 'environment-not-found' };

/** Commits of a branch that are read. */
const commitsOfBranch = 1_000;
const commitsPerStep = 10;
/** A call ends after the step that passes this time, in milliseconds. */
const callMs = 15_000;

/**
 * Restores marks and records from the history of the branches that routes name. It can be repeated: a mark only rises,
 * and commits older than its last change by a person do not raise it.
 *
 * @throws {Failure} `storage-unavailable`: ask again
 */
export async function rebuild(
  filter: RebuildFilter,
  from: RebuildCursor | undefined,
  deps: RebuildDeps,
): Promise<RebuildAnswer> {
  const found = rebuildTargets(filter, await deps.routes(), deps.repositories);
  if (!found) return { kind: 'environment-not-found' };
  const startedAt = deps.now().getTime();
  // Once, in the first answer.
  const notRebuilt = from ? [] : [...found.notRebuilt];
  const restored = new Map<string, Restored>();
  let next: RebuildCursor | undefined = from ?? { target: '', done: 0 };
  while (next && deps.now().getTime() - startedAt <= callMs) {
    const cursor: RebuildCursor = next;
    const one = found.targets.find(({ target }) => target.key >= cursor.target);
    if (!one) {
      next = undefined;
      break;
    }
    const at = one.target.key === cursor.target ? cursor : { target: one.target.key, done: 0 };
    try {
      const step = await rebuildStep(one, at, filter, deps);
      for (const part of step.restored) {
        const key = updateKey(part);
        restored.set(key, { ...part, records: part.records + (restored.get(key)?.records ?? 0) });
      }
      next = step.next ?? after(one, found.targets);
    } catch (error) {
      if (!(error instanceof Failure) || error.code === 'storage-unavailable') throw error;
      notRebuilt.push({ repository: one.repository, reason: error.message });
      next = after(one, found.targets);
    }
  }
  const environments = await Promise.all(
    [...restored.values()].map(async ({ route, environment, records }) => {
      const mark = await deps.store.findMark({ route, environment });
      return { route, environment, mark, records };
    }),
  );
  return { kind: 'rebuilt', environments, notRebuilt, ...(next && { next }) };
}

function after({ target }: RebuildTarget, targets: readonly RebuildTarget[]): RebuildCursor | undefined {
  const following = targets.find((other) => other.target.key > target.key);
  return following && { target: following.target.key, done: 0 };
}

async function rebuildStep(
  { target, isProposed }: RebuildTarget,
  { tip: begun, done }: RebuildCursor,
  { route, environment }: RebuildFilter,
  deps: RebuildDeps,
): Promise<{ readonly restored: readonly Restored[]; readonly next?: RebuildCursor }> {
  const { repository, key } = target;
  const { store, now, repositories } = deps;
  const tip = begun ?? (await repository.tip(target.branch));
  let seen = 0;
  const mayMatter = (line: string): boolean => {
    if (!isProposed && !line.includes('deploy')) return false;
    seen += 1;
    return seen > done;
  };
  const commits: Commit[] = [];
  let hasMore = false;
  for await (const commit of repository.history(tip.commit, '', commitsOfBranch, mayMatter)) {
    hasMore = commits.length === commitsPerStep;
    if (hasMore) break;
    commits.push(commit);
  }
  const restored = await restoreCommits(
    commits.toReversed(),
    { tip, repository },
    {
      store,
      now,
      markChangedAt: async (changed) => (await store.markHistory(changed, 1))[0]?.at,
      async findEnvironment(named) {
        if (named.route !== (route ?? named.route) || named.environment !== (environment ?? named.environment))
          return undefined;
        const found = await deps.findEnvironment(named);
        return found && targetOf(found, repositories).key === key ? found : undefined;
      },
    },
  );
  return { restored, ...(hasMore && { next: { target: key, tip, done: done + commitsPerStep } }) };
}
