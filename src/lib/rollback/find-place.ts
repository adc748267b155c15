import type { Repositories } from '../git/repositories.ts';
import type { GitOpsRepository, Tip } from '../git/repository.ts';
import { Failure } from '../model/failure.ts';
import { writesDigest } from '../model/file-edit.ts';
import type { TagUpdate } from '../model/tag-update.ts';
import { routeByName } from '../routes/match/route-by-name.ts';
import { didYouMean } from '../routes/read/suggest.ts';
import type { Environment, RouteTable } from '../routes/route.ts';
import { inspect } from '../values/inspect.ts';
import type { Inspection, OpenedFile } from '../values/inspect.ts';
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
    const names = table.entries.map(({ name }) => name);
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

/** A digest that no file holds. */
const noDigest = `sha256:${'0'.repeat(64)}`;

/**
 * The values of an environment in files, read without a new one.
 *
 * @throws {Failure} what the editor found wrong
 */
export function inspectHeld(
  { environment, image }: Pick<Place, 'environment' | 'image'>,
  files: Place['files'],
  route: string,
): Inspection {
  const at = image.indexOf('/');
  const update: TagUpdate = {
    id: '0'.repeat(32),
    route,
    environment: environment.name,
    image: {
      registry: image.slice(0, at),
      repository: image.slice(at + 1),
      tag: '0',
      ...(environment.update.some(writesDigest) && { digest: noDigest }),
    },
    pushedAt: new Date(0).toISOString(),
    cause: { kind: 'push' },
  };
  const inspection = inspect({ update, environment }, files);
  if (inspection !== 'ignored') return inspection;
  throw new Failure(
    'file-not-found',
    `The files of ${route} in ${environment.name} do not exist or do not use the image.`,
    {
      place: { route, environment: environment.name, repository: environment.repository },
    },
  );
}
