import { makeAuditStore } from '../lib/audit/audit-store.ts';
import { boundBuilds } from '../lib/azure-devops/bound-builds.ts';
import { makeAzureBuilds } from '../lib/azure-devops/builds.ts';
import { makeFindChanges } from '../lib/azure-devops/build-changes.ts';
import { makeReadContents } from '../lib/delivery/read-contents.ts';
import { makeWatchTip } from '../lib/delivery/drift/watch-tip.ts';
import { findDeployed } from '../lib/deployments/find-deployed.ts';
import { makeFindOrigin } from '../lib/builds/find-origin.ts';
import { makeApplyUpdate } from '../lib/delivery/apply-update.ts';
import type { ApplyUpdateDeps } from '../lib/delivery/apply-update.ts';
import { commitGroup } from '../lib/delivery/commit-group.ts';
import { deliverPreview } from '../lib/delivery/deliver-preview.ts';
import type { CommitGroupDeps } from '../lib/delivery/commit-group.ts';
import type { MovedUpdate } from '../lib/delivery/moved-update.ts';
import { followPullRequest } from '../lib/delivery/propose/follow-pull-requests.ts';
import type { FollowAllDeps } from '../lib/delivery/propose/follow-pull-requests.ts';
import type { JudgeRollback } from '../lib/delivery/judge-rollback.ts';
import { makeReadFreezes } from '../lib/delivery/windows/read-freezes.ts';
import { makeNamedEnvironments } from '../lib/delivery/restore/named-environments.ts';
import { replayOne } from '../lib/delivery/replay.ts';
import type { Log } from '../lib/model/log.ts';
import type { HostShare } from '../lib/net/host-share.ts';
import { makeJudge, makeJudgeSources } from '../lib/promotion/judge.ts';
import { boundRegistry } from '../lib/registry/bound-registry.ts';
import type { RouteTable } from '../lib/routes/route.ts';
import { makeSettleStore } from '../lib/settling/settle-store.ts';
import type { Settings } from '../lib/settings/settings.ts';
import type { Machine } from './machine.ts';
import type { Services } from './services.ts';
import type { Stores } from './stores.ts';

export interface DeliveryParts extends Pick<ApplyUpdateDeps, 'findEnvironment'> {
  readonly judgeRollback: JudgeRollback;
  /** Asks for the state of an application, where its Argo CD can be asked. */
  readonly askArgoCd: (application: string) => void;
  readonly settings: Pick<Settings, 'verifyImage' | 'azureDevOpsCollections'>;
  readonly services: Services;
  readonly stores: Pick<Stores, 'store' | 'records' | 'index' | 'send' | 'freezes' | 'rows'>;
  readonly hosts: HostShare;
  readonly machine: Machine;
  readonly routes: () => Promise<RouteTable>;
  readonly log: Log;
}

/** Delivers tag updates, and follows the pull requests that propose them. */
export function makeDelivery({
  settings,
  services,
  stores,
  hosts,
  routes,
  findEnvironment,
  judgeRollback,
  askArgoCd,
  machine,
  log,
}: DeliveryParts) {
  const { now, sleep, random, newId } = machine;
  const { store, records, index, send, freezes, rows } = stores;
  const { connections, repositories, registry } = services;
  const collections = settings.azureDevOpsCollections;
  // A delivery takes its place of the registry with its message.
  const verification = settings.verifyImage ? { registry } : {};
  const builds = boundBuilds(
    makeAzureBuilds({
      connections,
      collections,
      now,
      readCommit: async (url, commit) => repositories.open(url).sourceCommits?.read(commit),
    }),
    hosts,
  );
  const { lastResult } = makeSettleStore(rows);
  const judging = { routes, index, store, repositories, lastResult, askArgoCd, now };
  const judge = makeJudge(judging);
  const deps = {
    store,
    now,
    findEnvironment,
    judgeRollback,
    newId,
    freezes: makeReadFreezes(freezes, now),
    instance: newId(),
    othersPushMs: 3_000,
    namedEnvironments: makeNamedEnvironments(),
    sendMoved: (update: MovedUpdate) => send({ kind: 'tag-update', body: update }),
    redeliver: (id: string, from: string) => replayOne(id, { index, store, send, now }, { from }),
    sleep,
    random,
    judge,
    judgeSources: makeJudgeSources(judging),
    watchTip: makeWatchTip({
      store: records,
      index,
      audit: makeAuditStore(rows),
      findEnvironment,
      findDeployed: (key) => findDeployed(rows, key),
      now,
      log,
    }),
    readContents: makeReadContents({ index, findChanges: makeFindChanges(connections), log }),
    findOrigin: makeFindOrigin({ builds, collections, log, now, ...verification }),
    ...verification,
  } satisfies CommitGroupDeps;
  const follow: FollowAllDeps = { ...deps, repositories, collections };
  return {
    builds,
    /** For work outside of deliveries; empty if `VERIFY_IMAGE` is false. */
    verification: settings.verifyImage ? { registry: boundRegistry(registry, hosts) } : {},
    /** For the clock, which follows every pull request. */
    follow,
    /** For promotions that people order. */
    promotions: { judge, freezes: deps.freezes },
    followPullRequest: (pullRequest: FollowedPullRequest, ofWork: Log) =>
      followPullRequest(pullRequest, ofWork, follow),
    apply: makeBranchDelivery({ ...deps, hosts }, repositories),
  };
}

type FollowedPullRequest = Parameters<typeof followPullRequest>[0];

/** Applies updates, each branch by one writer. */
export function makeBranchDelivery(
  deps: CommitGroupDeps & Pick<ApplyUpdateDeps, 'findEnvironment' | 'hosts'>,
  repositories: ApplyUpdateDeps['repositories'],
) {
  return makeApplyUpdate({
    findEnvironment: deps.findEnvironment,
    hosts: deps.hosts,
    repositories,
    commitGroup: (group, target) => commitGroup(group, target, deps),
    deliverPreview: (resolved) => deliverPreview(resolved, deps),
    sleep: deps.sleep,
    random: deps.random,
    now: deps.now,
  });
}
