import { Failure } from '../failure.ts';
import type { Repositories } from '../gitops/repositories.ts';
import { imageName } from '../image-reference.ts';
import type { RouteTable } from '../routes/route.ts';
import { BranchWriter } from './branch-writer.ts';
import type { BranchWriterDeps } from './branch-writer.ts';
import type { Outcome } from './outcome.ts';
import type { TagUpdate } from './tag-update.ts';

export interface ApplyUpdateDeps extends BranchWriterDeps {
  /** The routes of the moment. Throws `routes-invalid` where there never were good ones. */
  readonly routes: () => Promise<RouteTable>;
  readonly repositories: Repositories;
}

/** Applies a tag update by the routes of the moment. Failures that concern only this update are outcomes. */
export function makeApplyUpdate(deps: ApplyUpdateDeps): (update: TagUpdate) => Promise<Outcome> {
  const writers = new Map<string, BranchWriter>();

  return async (update) => {
    try {
      const environment = findEnvironment(await deps.routes(), update);
      const { key, repository } = deps.repositories.open(environment.repository);
      const writerKey = `${key}\n${environment.branch ?? ''}`;
      const writer = writers.get(writerKey) ?? new BranchWriter({ repository, branch: environment.branch }, deps);
      writers.set(writerKey, writer);
      return await writer.submit({ update, environment });
    } catch (error) {
      if (error instanceof Failure) return { kind: 'failed', failure: error };
      throw error;
    }
  };
}

function findEnvironment(table: RouteTable, update: TagUpdate) {
  const route = table.match(imageName(update.image));
  const environment =
    route?.name === update.route ? route.environments.find(({ name }) => name === update.environment) : undefined;
  if (environment) return environment;
  throw new Failure(
    'route-removed',
    `No route takes ${imageName(update.image)} to ${update.environment} as ${update.route} any more.`,
    {
      place: { route: update.route, environment: update.environment },
    },
  );
}
