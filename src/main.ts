import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { app } from '@azure/functions';
import packageJson from '../package.json' with { type: 'json' };
import { makeAcrWebhook } from './functions/acr-webhook.ts';
import { makeAskArgoCd } from './functions/ask-argocd.ts';
import { makeArgoCdWebhook } from './functions/argocd-webhook.ts';
import { abandonedUpdate, makeApplyTagUpdate } from './functions/apply-tag-update.ts';
import { makeDevOpsWebhook } from './functions/devops-webhook.ts';
import { makeListDeployments, makeShowDeployment } from './functions/deployments.ts';
import { abandonedFollowUp, makeFollowUp } from './functions/follow-up.ts';
import { makeGates } from './functions/gates.ts';
import { makeHealth, makeHealthDetails } from './functions/health.ts';
import type { GetHealth } from './functions/health.ts';
import { makeChangeMark, makeShowMark } from './functions/mark.ts';
import { makePollPullRequests } from './functions/poll-pull-requests.ts';
import { makePoison } from './functions/poison.ts';
import { makeReconcile } from './functions/reconcile.ts';
import { makeReplay } from './functions/replay.ts';
import { makeRouteDevOpsEvent } from './functions/route-devops-event.ts';
import { makeRouteRegistryEvent } from './functions/route-registry-event.ts';
import { makeSettleAnnouncements } from './functions/settle-announcements.ts';
import { makeSettleSyncResult } from './functions/settle-sync-result.ts';
import { makeArgoCdApi } from './lib/argocd/argocd-api.ts';
import { makeIdentifyArgoCd } from './lib/argocd/argocd-secrets.ts';
import { makeHoldAbandoned } from './lib/storage/abandoned-messages.ts';
import { makeBlobStore } from './lib/storage/blob-store.ts';
import { makeVerifyToken } from './lib/net/entra-token.ts';
import { makeAzureBuilds } from './lib/azure-devops/builds.ts';
import { makeDevOpsConnections } from './lib/azure-devops/connections.ts';
import { appIdentity, personalAccessToken } from './lib/azure-devops/token.ts';
import { collectionStoodInFor } from './lib/net/hosts.ts';
import {
  countMessages,
  makeQueueService,
  makeSendMessage,
  queueNames,
  storageAnswers,
  workQueues,
} from './lib/storage/queues.ts';
import type { WorkQueue } from './lib/storage/queues.ts';
import { makeRegistry } from './lib/registry/make-registry.ts';
import { makeIdentity } from './lib/net/identity.ts';
import { makeTableRows } from './lib/storage/table-rows.ts';
import { makeFindOrigin } from './lib/builds/find-origin.ts';
import { makeDeploymentIndex } from './lib/deployments/deployment-index.ts';
import { withFollowUps } from './lib/effects/effect-jobs.ts';
import { makeSettling, namesInstances } from './lib/settling/settling.ts';
import { makeSettleStep } from './lib/effects/settle-step.ts';
import { makeTableStore } from './lib/deployments/table-store.ts';
import { gateProblems } from './lib/settings/gate-settings.ts';
import { makeRepositories } from './lib/git/repositories.ts';
import { formatLogLine } from './lib/model/log.ts';
import type { Log } from './lib/model/log.ts';
import { makeAzureBuildTags } from './lib/azure-devops/build-tags.ts';
import { makePostedStore } from './lib/effects/posted.ts';
import { makeGateStep } from './lib/gates/gate-step.ts';
import { makeGateStore } from './lib/gates/gate-store.ts';
import { makeTaskCallback } from './lib/gates/pipeline-callback.ts';
import { makeTokenBox } from './lib/gates/token-cipher.ts';
import { makeReport } from './lib/effects/report.ts';
import { routeDocuments } from './lib/routes/read/documents.ts';
import type { RouteDocument } from './lib/routes/read/documents.ts';
import { formatProblem } from './lib/routes/read/format-problem.ts';
import { readLoadOptions } from './lib/routes/load-options.ts';
import { loadRoutes } from './lib/routes/load.ts';
import { makeRoutesInForce } from './lib/routes/routes-in-force.ts';
import { readSettings } from './lib/settings/settings.ts';
import { makeApplyUpdate, makeFindEnvironment } from './lib/delivery/apply-update.ts';
import { commitGroup } from './lib/delivery/commit-group.ts';
import { followPullRequest } from './lib/delivery/propose/follow-pull-requests.ts';
import { replayOne } from './lib/delivery/replay.ts';
import type { OnAbandoned, QueueWorkDeps } from './lib/work/queue-work.ts';
import { makeKnownImages } from './lib/delivery/reconcile/known-images.ts';

// Settings
const environment = process.env;
const { settings, problems: settingProblems } = readSettings(environment);
const routeSettings = routeDocuments(environment, (path) => readFileSync(path, 'utf8'));
const bounds = readLoadOptions(environment, settings);
const load = (documents: readonly RouteDocument[]) => loadRoutes(documents, bounds.options);
const loaded = load(routeSettings.documents);
const problems = [
  ...settingProblems,
  ...bounds.problems,
  ...routeSettings.problems,
  ...loaded.problems,
  ...gateProblems(settings.gates),
];
const hasErrors = problems.some(({ severity }) => severity === 'error');
// In Azure the receivers and health run all the same: events are stored, and health says what is wrong.
if (hasErrors && settings.isDevelopment) throw new Error(problems.map(formatProblem).join('\n'));

// Adapters
const userAgent = `tagrelay/${packageJson.version}`;
const now = (): Date => new Date();
const log: Log = (level, event, fields) => console[level](formatLogLine(event, fields));
const queueService = makeQueueService(environment);
const work: QueueWorkDeps = { send: makeSendMessage(queueService), now, random: Math.random };
const routes = makeRoutesInForce({
  documents: routeSettings.documents,
  table: hasErrors ? undefined : loaded.table,
  load: (documents) => load(documents).table,
  store: makeBlobStore(environment),
  log,
});
const rows = makeTableRows(environment);
const records = makeTableStore(rows);
const store = withFollowUps(records, { send: work.send, sleep });
const index = makeDeploymentIndex(rows, store);
const findEnvironment = makeFindEnvironment(routes.current);
const registry = makeRegistry({
  policy: settings,
  identity: makeIdentity(settings.clientId),
  userAgent,
  now: Date.now,
  sleep,
});
const connections = makeDevOpsConnections({
  hosts: settings,
  authorization:
    settings.azureDevOpsPat === undefined
      ? appIdentity(settings.clientId)
      : personalAccessToken(settings.azureDevOpsPat),
  userAgent,
  now: Date.now,
});
const asked = settings.verifyImage ? { registry } : {};
const collections = settings.azureDevOpsCollections;
const builds = makeAzureBuilds({ connections, collections, now: Date.now });
const delivery = {
  store,
  now,
  findEnvironment,
  newId: randomUUID,
  instance: randomUUID(),
  othersPushMs: 3_000,
  putBack: (id: string, from: string) => replayOne(id, { index, store, send: work.send, now }, from),
  sleep,
  random: Math.random,
  findOrigin: makeFindOrigin({ builds, collections, log, now: Date.now, ...asked }),
  ...asked,
};
const repositories = makeRepositories({
  hosts: settings,
  connections,
  gitCredentials: settings.gitCredentials,
  gitAuthor: settings.gitAuthor,
  userAgent,
  now: Date.now,
});
const apply = makeApplyUpdate({
  findEnvironment,
  repositories,
  commitGroup: (group, target) => commitGroup(group, target, delivery),
  sleep,
  random: Math.random,
  now: Date.now,
});
const follow = { ...delivery, repositories, collections };
const argoCd = makeArgoCdApi({ instances: settings.argoCdInstances, now: Date.now });
const settling = makeSettling({
  rows,
  repositories,
  findEnvironment,
  collections: settings.azureDevOpsCollections,
  send: work.send,
  now,
  follow: (pullRequest, log) => followPullRequest(pullRequest, log, follow),
  argoCd,
});
const reports = {
  index,
  store: records,
  posted: makePostedStore(rows),
  findEnvironment,
  repositories,
  buildTags: makeAzureBuildTags(connections),
  lastResult: settling.results.lastResult,
};
const [firstKey, ...olderKeys] = settings.gates.keys.map((key) => Buffer.from(key));
const gateDeps = {
  gates: makeGateStore(rows),
  box: firstKey && makeTokenBox([firstKey, ...olderKeys]),
  now,
};
const { signIn } = settings.gates;
const verifyCaller = signIn && makeVerifyToken(signIn, { now });
const lookAtGates = {
  ...gateDeps,
  index,
  store,
  findEnvironment,
  callback: makeTaskCallback({ hosts: settings, userAgent, now: Date.now }),
  lookLater: (id: string, delaySeconds: number) => work.send(queueNames.reports, { gates: [id] }, { delaySeconds }),
};
const getHealth: GetHealth = async () => {
  const [routesState, storage] = await Promise.all([routes.state(), storageAnswers(queueService)]);
  const failing = routesState.state === 'none' || storage === 'unavailable';
  const status = failing ? 'failing' : hasErrors ? 'degraded' : 'ok';
  return { status, version: packageJson.version, routes: routesState, storage, problems };
};

// Functions
const connection = 'AzureWebJobsStorage';
app.http('acr-webhook', {
  route: 'webhooks/acr',
  methods: ['POST'],
  authLevel: 'function',
  handler: makeAcrWebhook(work),
});
app.http('argocd-webhook', {
  route: 'webhooks/argocd',
  methods: ['POST'],
  authLevel: 'function',
  handler: makeArgoCdWebhook({
    ...work,
    identify: makeIdentifyArgoCd(bounds.argoCdSecrets, namesInstances(loaded.table)),
  }),
});
app.http('devops-webhook', {
  route: 'webhooks/azure-devops',
  methods: ['POST'],
  authLevel: 'function',
  handler: makeDevOpsWebhook(work),
});
app.http('health', { route: 'health', methods: ['GET'], authLevel: 'anonymous', handler: makeHealth(getHealth) });
app.http('health-details', {
  route: 'health/details',
  methods: ['GET'],
  authLevel: 'admin',
  handler: makeHealthDetails(getHealth, () => countMessages(queueService)),
});
app.http('replay', {
  route: 'replay',
  methods: ['POST'],
  authLevel: 'admin',
  handler: makeReplay({ ...work, store, index, holdAbandoned: makeHoldAbandoned(queueService) }),
});
const mark = { store, index, routes: routes.current, now, newId: randomUUID };
app.http('mark', { route: 'mark', methods: ['GET'], authLevel: 'admin', handler: makeShowMark(mark) });
app.http('mark-change', { route: 'mark', methods: ['POST'], authLevel: 'admin', handler: makeChangeMark(mark) });
app.http('deployments', {
  route: 'deployments',
  methods: ['GET'],
  authLevel: 'function',
  handler: makeListDeployments(index),
});
app.http('deployment', {
  route: 'deployments/{id}',
  methods: ['GET'],
  authLevel: 'function',
  handler: makeShowDeployment(index),
});
app.http('gates', {
  route: 'gates',
  methods: ['POST'],
  // Keyless, the handler itself looks who calls.
  authLevel: verifyCaller ? 'anonymous' : 'function',
  handler: makeGates({
    ...gateDeps,
    send: work.send,
    routes: routes.current,
    hosts: settings,
    timeoutSeconds: settings.gates.timeoutSeconds,
    ...(verifyCaller && { verify: verifyCaller }),
  }),
});
app.timer('settle-announcements', {
  schedule: '0 * * * * *',
  handler: makeSettleAnnouncements({ store, now, findEnvironment, repositories, sleep, random: Math.random }),
});
app.storageQueue('route-registry-event', {
  queueName: queueNames.registryEvents,
  connection,
  handler: makeRouteRegistryEvent({ ...work, routes: routes.current, store }),
});
app.storageQueue('route-devops-event', {
  queueName: queueNames.devOpsEvents,
  connection,
  handler: makeRouteDevOpsEvent({
    ...work,
    ...asked,
    routes: routes.current,
    store,
    builds,
    collections,
    collectionNamed: (collection) => collectionStoodInFor(collection, settings),
    followPullRequest: (pullRequest, ofEvent) => followPullRequest(pullRequest, ofEvent, follow),
  }),
});
app.storageQueue('apply-tag-update', {
  queueName: queueNames.tagUpdates,
  connection,
  handler: makeApplyTagUpdate({ ...work, apply, store }),
});
app.storageQueue('follow-up', {
  queueName: queueNames.reports,
  connection,
  handler: makeFollowUp({
    ...work,
    store: records,
    steps: [
      makeSettleStep({ ...settling, store: records }),
      makeReport(reports),
      makeGateStep({ gates: gateDeps.gates, send: work.send }),
    ],
    gates: lookAtGates,
  }),
});
app.storageQueue('settle-sync-result', {
  queueName: queueNames.syncResults,
  connection,
  handler: makeSettleSyncResult({ ...work, ...settling, store }),
});
if (settings.argoCdInstances.size > 0) {
  app.timer('ask-argocd', {
    schedule: '30 * * * * *',
    handler: makeAskArgoCd({ ...settling, store, argoCd }),
  });
}
app.timer('poll-pull-requests', {
  schedule: '0 * * * * *',
  handler: makePollPullRequests(follow),
});
if (settings.verifyImage && settings.reconcileSchedule !== undefined) {
  app.timer('reconcile', {
    schedule: settings.reconcileSchedule,
    handler: makeReconcile({
      ...work,
      routes: routes.current,
      images: makeKnownImages(rows),
      registry,
      store,
      newId: randomUUID,
    }),
  });
}
const onAbandoned: Partial<Record<WorkQueue, OnAbandoned>> = {
  [queueNames.tagUpdates]: abandonedUpdate({ store, now }),
  [queueNames.reports]: abandonedFollowUp({ gates: lookAtGates }),
};
for (const queue of workQueues) {
  const queueName = `${queue}-poison`;
  const abandoned = onAbandoned[queue];
  const handler = makePoison({ queue, ...(abandoned && { abandoned }) }, work);
  app.storageQueue(queueName, { queueName, connection, handler });
}
