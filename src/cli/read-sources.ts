import { composeRoutes } from '../lib/in-force/compose-routes.ts';
import type { ComposedRoutes } from '../lib/in-force/compose-routes.ts';
import { emptyGitState, isSamePlace } from '../lib/in-force/git-state.ts';
import { withRead } from '../lib/in-force/next-git-state.ts';
import { readRepository } from '../lib/in-force/read-repository.ts';
import { atMost } from '../lib/async/at-most.ts';
import type { LoadedRoutes } from '../lib/routes/load.ts';
import type { RouteDocument } from '../lib/routes/read/documents.ts';
import type { Settings } from '../lib/settings/settings.ts';
import type { CommandIo } from './command.ts';
import { makeServices } from './services.ts';

const repositoriesAtOnce = 8;

/** The routes of the settings with the documents at the tips of `ROUTES_FROM`, as an app has them that starts now. */
export async function readSources(
  fixed: readonly RouteDocument[],
  settings: Settings,
  io: CommandIo,
  load: (documents: readonly RouteDocument[]) => LoadedRoutes,
): Promise<ComposedRoutes> {
  const { routesFrom: sources = [], azureDevOpsCollections: collections } = settings;
  const services = makeServices(settings, io);
  const places = sources.filter((source, index) => sources.findIndex((one) => isSamePlace(one, source)) === index);
  const reads = await atMost(repositoriesAtOnce, places, (place) =>
    readRepository(
      sources.filter((source) => isSamePlace(source, place)),
      undefined,
      (url) => services.open(url),
    ),
  );
  return composeRoutes(fixed, withRead(emptyGitState, sources, reads), sources, { load, collections });
}
