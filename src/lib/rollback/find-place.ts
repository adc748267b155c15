import type { Repositories } from '../git/repositories.ts';
import type { GitOpsRepository, Tip } from '../git/repository.ts';
import type { TagUpdate } from '../model/tag-update.ts';
import { routeByName } from '../routes/match/route-by-name.ts';
import { didYouMean } from '../routes/read/suggest.ts';
import type { Environment, RouteTable } from '../routes/route.ts';
import type { OpenedFile } from '../values/inspect.ts';
import { readFiles } from '../values/read-files.ts';

/** An environment, and what its files hold at the tip of its branch. */
export interface Place {
  readonly environment: Environment;
  /** `registry/repository` of the image. */
  readonly image: string;
  readonly repository: GitOpsRepository;
  readonly tip: Tip;
  readonly files: ReadonlyMap<string, OpenedFile>;
}

/** Finds an environment by its names; else the reason, with the nearest names. */
export function findNamed(
  table: RouteTable,
  { route, environment }: Pick<TagUpdate, 'route' | 'environment'>,
): { readonly environment: Environment; readonly image: string } | { readonly unknown: string } {
  const found = routeByName(table, route);
  if (!found) {
    const names = table.entries.flatMap(({ name, example }) => [name, example.name]);
    return { unknown: `There is no route ${route}${didYouMean(route, names)}` };
  }
  const named = found.environments.find(({ name }) => name === environment);
  if (named) return { environment: named, image: found.image };
  const names = found.environments.map(({ name }) => name);
  return { unknown: `The route ${route} has no environment ${environment}${didYouMean(environment, names)}` };
}

export async function readPlace(
  named: { readonly environment: Environment; readonly image: string },
  repositories: Pick<Repositories, 'open'>,
): Promise<Place> {
  const { environment } = named;
  const { repository } = repositories.open(environment.repository);
  const tip = await repository.tip(environment.branch);
  return { ...named, repository, tip, files: await readFiles(repository, tip.commit, [named]) };
}
