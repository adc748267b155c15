import { announceChange } from '../lib/in-force/announce-change.ts';
import { makeGitRoutes } from '../lib/in-force/git-routes.ts';
import { makeGitStateStore } from '../lib/in-force/git-state-store.ts';
import { makeRoutesInForce } from '../lib/in-force/routes-in-force.ts';
import type { RoutesInForce } from '../lib/in-force/routes-in-force.ts';
import { makeSettingsRoutes } from '../lib/in-force/settings-routes.ts';
import type { Log } from '../lib/model/log.ts';
import type { Configuration } from './configuration.ts';
import type { Machine } from './machine.ts';
import type { Services } from './services.ts';
import type { Stores } from './stores.ts';

export interface RoutesParts {
  readonly configuration: Configuration;
  readonly services: Pick<Services, 'repositories'>;
  readonly stores: Pick<Stores, 'blobs'>;
  readonly machine: Pick<Machine, 'now' | 'sleep'>;
  readonly log: Log;
}

/** The routes in force: of the settings, and of the repositories in `ROUTES_FROM`. */
export function makeAppRoutes({ configuration, services, stores, machine, log }: RoutesParts): RoutesInForce {
  const { settings, documents, table, hasErrors, load } = configuration;
  const open = (url: string) => services.repositories.open(url);
  const { routesFrom: sources, azureDevOpsCollections: collections } = settings;
  const fixed = makeSettingsRoutes({
    documents,
    table: hasErrors ? undefined : table,
    load,
    store: stores.blobs,
    log,
  });
  if (sources?.length === 0) return makeRoutesInForce(fixed);
  const git = makeGitRoutes({
    sources,
    store: makeGitStateStore(stores.blobs),
    open,
    announce: (change, ofRun) => announceChange(change, ofRun, open),
    load,
    collections,
    log,
    now: machine.now,
    sleep: machine.sleep,
  });
  return makeRoutesInForce(fixed, git);
}
