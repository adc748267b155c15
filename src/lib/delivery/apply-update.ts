import { Failure } from '../model/failure.ts';
import type { Repositories } from '../git/repositories.ts';
import { imageName } from '../model/image-reference.ts';
import type { Environment, RouteTable } from '../routes/route.ts';
import { BranchWriter } from './branch-writer.ts';
import type { BranchWriterDeps } from './branch-writer.ts';
import type { Outcome } from '../model/outcome.ts';
import { proposalTarget } from './propose/proposal-target.ts';
import type { TagUpdate } from '../model/tag-update.ts';
import { targetOf } from './target.ts';

export interface ApplyUpdateDeps extends BranchWriterDeps {
  readonly findEnvironment: (update: TagUpdate) => Promise<Environment | undefined>;
  readonly repositories: Repositories;
}

export type ApplyUpdate = (update: TagUpdate, options?: { readonly isSuspect?: boolean }) => Promise<Outcome>;

/** Applies a tag update by the routes of the moment. Failures that concern only this update are outcomes. */
export function makeApplyUpdate(deps: ApplyUpdateDeps): ApplyUpdate {
  const writers = new Map<string, BranchWriter>();

  return async (update, { isSuspect = false } = {}) => {
    try {
      const environment = await deps.findEnvironment(update);
      if (!environment) throw routeRemoved(update);
      const target =
        environment.delivery === 'pull-request'
          ? proposalTarget(update.route, environment, deps.repositories)
          : targetOf(environment, deps.repositories);
      const writer = writers.get(target.key) ?? new BranchWriter(target, deps);
      writers.set(target.key, writer);
      return await writer.submit({ update, environment, isSuspect });
    } catch (error) {
      if (error instanceof Failure) return { kind: 'failed', failure: error };
      throw error;
    }
  };
}

/** Looks up the environment that an update is for. */
export function makeFindEnvironment(
  routes: () => Promise<RouteTable>,
): (update: TagUpdate) => Promise<Environment | undefined> {
  return async ({ image, route: routeName, environment }) => {
    const route = (await routes()).match(imageName(image));
    return route?.name === routeName ? route.environments.find(({ name }) => name === environment) : undefined;
  };
}

function routeRemoved({ image, route, environment }: TagUpdate): Failure {
  return new Failure('route-removed', `No route takes ${imageName(image)} to ${environment} as ${route} any more.`, {
    place: { route, environment },
  });
}
