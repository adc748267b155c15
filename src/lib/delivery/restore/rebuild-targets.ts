import type { EnvironmentKey } from '../../deployments/store.ts';
import type { Repositories } from '../../git/repositories.ts';
import { Failure } from '../../model/failure.ts';
import { routeByName } from '../../routes/match/route-by-name.ts';
import type { RouteTable } from '../../routes/route.ts';
import type { Target } from '../delivery.ts';
import { targetOf } from '../target.ts';

export type RebuildFilter = Partial<EnvironmentKey>;

export interface RebuildTarget {
  readonly target: Target;
  /** URL of the repository, as in the route. */
  readonly repository: string;
  /** Whether a pull request can give its commits any first line. */
  readonly isProposed: boolean;
}

/** An environment, or a repository, that was not read. */
export interface NotRebuilt {
  readonly repository: string;
  readonly route?: string;
  readonly environment?: string;
  readonly reason: string;
}

/**
 * The branches of the environments that a rebuild includes, by key. The repository of a pattern route can depend on the
 * image; then only a route with its captures filled in names it.
 *
 * @returns `undefined` if there is no such environment
 */
export function rebuildTargets(
  { route, environment }: RebuildFilter,
  table: RouteTable,
  repositories: Repositories,
): { readonly targets: readonly RebuildTarget[]; readonly notRebuilt: readonly NotRebuilt[] } | undefined {
  const named = route === undefined ? table.templates() : [routeByName(table, route) ?? []].flat();
  const wanted = named.flatMap(({ name, environments }) =>
    environments
      .filter((one) => environment === undefined || one.name === environment)
      .map((one) => ({ route: name, environment: one })),
  );
  if (wanted.length === 0) return undefined;
  const targets = new Map<string, RebuildTarget>();
  const notRebuilt: NotRebuilt[] = [];
  for (const { route: name, environment: one } of wanted) {
    const { repository, branch = '', delivery } = one;
    const leave = (reason: string): void => {
      notRebuilt.push({ route: name, environment: one.name, repository, reason });
    };
    if (`${repository}${branch}`.includes('{')) {
      leave('its repository or branch depends on the image: name a route with its captures filled in');
      continue;
    }
    try {
      const target = targetOf(one, repositories);
      const isProposed = delivery === 'pull-request' || targets.get(target.key)?.isProposed === true;
      targets.set(target.key, { target, repository, isProposed });
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      leave(error.message);
    }
  }
  return { targets: [...targets.values()].toSorted((a, b) => (a.target.key < b.target.key ? -1 : 1)), notRebuilt };
}
