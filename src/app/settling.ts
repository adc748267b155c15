import { makeSettling } from '../lib/settling/settling.ts';
import type { SettlingDeps } from '../lib/settling/settling.ts';
import type { RouteTable } from '../lib/routes/route.ts';
import type { Settings } from '../lib/settings/settings.ts';
import type { Machine } from './machine.ts';
import type { Services } from './services.ts';
import type { Stores } from './stores.ts';

export interface SettlingParts extends Pick<SettlingDeps, 'findEnvironment' | 'settleSoon' | 'log' | 'argoCd'> {
  readonly settings: Pick<Settings, 'azureDevOpsCollections'>;
  readonly services: Pick<Services, 'repositories'>;
  readonly stores: Pick<Stores, 'rows' | 'former' | 'send' | 'sendLater'>;
  readonly machine: Machine;
  readonly followPullRequest: SettlingDeps['follow'];
  readonly routes: () => Promise<RouteTable>;
}

/** Settles deployments by the results of Argo CD, and asks it for results that did not arrive. */
export function makeAppSettling({
  settings,
  services,
  stores,
  findEnvironment,
  settleSoon,
  followPullRequest,
  routes,
  machine,
  argoCd,
  log,
}: SettlingParts) {
  const { now, newId, sleep } = machine;
  return makeSettling({
    rows: stores.rows,
    former: stores.former,
    repositories: services.repositories,
    findEnvironment,
    collections: settings.azureDevOpsCollections,
    send: stores.send,
    settleSoon,
    sendLater: stores.sendLater,
    now,
    follow: followPullRequest,
    newId,
    argoCd,
    // Of requests in the background, only what went wrong is logged.
    log(level, event, fields) {
      if (level !== 'info') log(level, event, fields);
    },
    sleep,
    routes,
  });
}
