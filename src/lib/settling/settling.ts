import type { Clock } from '../model/clock.ts';
import type { ArgoCdApi } from '../argocd/argocd-api.ts';
import { makeRefresher } from '../argocd/refresher.ts';
import type { Refresher } from '../argocd/refresher.ts';
import { makeAuditStore } from '../audit/audit-store.ts';
import { makeDeploymentIndex } from '../deployments/deployment-index.ts';
import { findDeployed } from '../deployments/find-deployed.ts';
import { makeTableStore } from '../deployments/table-store.ts';
import type { FormerRecords } from '../deployments/former/former-records.ts';
import type { TableRows } from '../storage/table-rows.ts';
import type { SendLater } from '../work/send-later.ts';
import type { SendWork } from '../work/send-work.ts';
import type { Repositories } from '../git/repositories.ts';
import type { Log } from '../model/log.ts';
import { routeByName } from '../routes/match/route-by-name.ts';
import { instanceOf } from '../routes/expand/application-name.ts';
import type { Environment, RouteTable } from '../routes/route.ts';
import type { TagUpdate } from '../model/tag-update.ts';
import { makeFindForcedAway } from './forced-away.ts';
import { makeFollowMerged } from './follow-merged.ts';
import type { LiveResources } from './live-resources.ts';
import { readFacts, toFailed } from './read-facts.ts';
import { makeRevisions } from './revisions.ts';
import type { SettleResultDeps } from './settle-result.ts';
import { makeKeepValues } from './keep-values.ts';
import type { FindNamed } from './keep-values.ts';
import { makeSettleStore } from './settle-store.ts';
import type { SettleStore, ValueStore } from './settle-store.ts';
import { takeAnswer } from './take-answer.ts';
import type { TakeAnswerDeps } from './take-answer.ts';
import { makeWatchDrift } from './watch-drift.ts';

export interface SettlingDeps {
  readonly rows: TableRows;
  readonly former?: FormerRecords;
  readonly repositories: Repositories;
  readonly findEnvironment: (update: TagUpdate) => Promise<Environment | undefined>;
  /** Collections of Azure DevOps Server: their URLs have no fixed host. */
  readonly collections: readonly string[];
  readonly send: SendWork;
  readonly settleSoon: TakeAnswerDeps['settleSoon'];
  readonly sendLater: SendLater;
  readonly now: Clock;
  /** Follows a pull request of tagrelay. */
  readonly follow: (
    pullRequest: { readonly repository: string; readonly number: number },
    log: Log,
  ) => Promise<unknown>;
  readonly newId: () => string;
  readonly argoCd: ArgoCdApi;
  /** Of the process, for requests in the background. */
  readonly log: Log;
  readonly sleep: (ms: number) => Promise<unknown>;
  /** For environments that go back after a failure, and for drift. */
  readonly routes?: () => Promise<RouteTable>;
}

/** The parts of settling except the store of the records. Answers of Git are cached. */
export function makeSettling({
  rows,
  former,
  repositories,
  findEnvironment,
  collections,
  send,
  settleSoon,
  sendLater,
  now,
  follow,
  newId,
  argoCd,
  log,
  sleep,
  routes,
}: SettlingDeps): Omit<SettleResultDeps, 'store' | 'withEffects' | 'results'> & {
  readonly results: SettleStore & ValueStore;
  readonly refresher: Refresher;
} {
  const results = makeSettleStore(rows, former);
  const records = makeTableStore(rows, former);
  const index = makeDeploymentIndex(rows, former);
  const revisions = makeRevisions(repositories);
  const refresher = makeRefresher({
    argoCd,
    log,
    onAnswer: (application, result, cause) =>
      takeAnswer(application, result, cause, { results, settleSoon, sendLater, now, newId }),
    now,
    sleep,
  });
  const factsOf: SettleResultDeps['factsOf'] = (result, repository) =>
    readFacts(result, repositories.open(repository).key, collections);
  const resources = async (application: string): Promise<LiveResources | undefined> => {
    if (!argoCd.knows(application)) return undefined;
    const { degraded, roots } = await argoCd.getResources(application);
    return {
      degraded: degraded.map((resource) => Object.assign(toFailed(resource), { images: resource.images })),
      roots: roots.map(({ health, images, ...root }) => ({
        resource: toFailed({ ...root, message: '' }).resource,
        kind: root.kind,
        health,
        images,
      })),
    };
  };
  const findNamed = routes && makeFindNamed(routes);
  return {
    results,
    refresher,
    asker: refresher,
    holderOf: argoCd.getHolder,
    newId,
    revisions,
    factsOf,
    ...(findNamed && {
      keepValues: makeKeepValues({
        results,
        findEnvironment,
        factsOf,
        imageAt: revisions.imageAt,
        isUsed: async () => goesBack(await routes()),
        findNamed,
      }),
      watchDrift: makeWatchDrift({
        results,
        findEnvironment,
        factsOf,
        revisions,
        repositories,
        findNamed,
        findDeployed: (key) => findDeployed(rows, key),
        // Drift has no effects.
        store: records,
        index,
        audit: makeAuditStore(rows),
        now,
      }),
    }),
    findForcedAway: makeFindForcedAway({ repositories, findEnvironment, now }),
    followPullRequest: makeFollowMerged(follow),
    findEnvironment,
    send,
    sendLater,
    now,
    resources,
  };
}

function makeFindNamed(routes: () => Promise<RouteTable>): FindNamed {
  return async ({ route: name, environment }) => {
    const route = routeByName(await routes(), name);
    const found = route?.environments.find((one) => one.name === environment);
    return route && found && { environment: found, image: route.image };
  };
}

/** Whether an environment goes back after a failure. */
function goesBack({ entries }: RouteTable): boolean {
  return entries.some(({ example }) => example.environments.some(({ onFailure }) => onFailure !== 'none'));
}

/** Whether a route names an instance of Argo CD. Then results need a secret. */
export function namesInstances(table: RouteTable | undefined): boolean {
  return (table?.entries ?? []).some(({ example }) =>
    example.environments.some(({ application }) => application.some((name) => instanceOf(name) !== undefined)),
  );
}
