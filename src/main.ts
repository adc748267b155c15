import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { app } from '@azure/functions';
import { composeApp } from './app/compose.ts';
import { now } from './app/now.ts';
import { makeAcrWebhook } from './functions/acr-webhook.ts';
import { makeAskArgoCd } from './functions/ask-argocd.ts';
import { makeArgoCdWebhook } from './functions/argocd-webhook.ts';
import { abandonedUpdate, makeApplyTagUpdate } from './functions/apply-tag-update.ts';
import { makeDevOpsWebhook } from './functions/devops-webhook.ts';
import { makeListDeployments, makeShowDeployment } from './functions/deployments.ts';
import { abandonedFollowUp, makeFollowUp } from './functions/follow-up.ts';
import { makeGates } from './functions/gates.ts';
import { makeHealth, makeHealthDetails } from './functions/health.ts';
import { makeChangeMark, makeShowMark } from './functions/mark.ts';
import { makePollPullRequests } from './functions/poll-pull-requests.ts';
import { makePoison } from './functions/poison.ts';
import { makeReconcile } from './functions/reconcile.ts';
import { makeReplay } from './functions/replay.ts';
import { makeRouteDevOpsEvent } from './functions/route-devops-event.ts';
import { makeRouteRegistryEvent } from './functions/route-registry-event.ts';
import { makeSettleAnnouncements } from './functions/settle-announcements.ts';
import { makeSettleSyncResult } from './functions/settle-sync-result.ts';
import { makeIdentifyArgoCd } from './lib/argocd/identify-instance.ts';
import { makeKnownImages } from './lib/delivery/reconcile/known-images.ts';
import { collectionStoodInFor } from './lib/net/hosts.ts';
import { namesInstances } from './lib/settling/settling.ts';
import { makeHoldAbandoned } from './lib/storage/abandoned-messages.ts';
import { countMessages, queueNames, workQueues } from './lib/storage/queues.ts';
import type { WorkQueue } from './lib/storage/queues.ts';
import type { OnAbandoned } from './lib/work/queue-work.ts';

const composed = composeApp(process.env);
const { configuration, stores, services, findEnvironment, delivery, settling, gates, effects, getHealth } = composed;
const { settings } = configuration;
const { queueService, rows, records, store, index } = stores;
const routes = composed.routes.current;
const work = { send: stores.send, now, random: Math.random };
const connection = 'AzureWebJobsStorage';

// HTTP
app.post('acr-webhook', { route: 'webhooks/acr', authLevel: 'function', handler: makeAcrWebhook(work) });
const identify = makeIdentifyArgoCd(configuration.argoCdSecrets, namesInstances(configuration.table));
const argoCdWebhook = makeArgoCdWebhook({ ...work, identify });
app.post('argocd-webhook', { route: 'webhooks/argocd', authLevel: 'function', handler: argoCdWebhook });
app.post('devops-webhook', { route: 'webhooks/azure-devops', authLevel: 'function', handler: makeDevOpsWebhook(work) });
app.get('health', { route: 'health', authLevel: 'anonymous', handler: makeHealth(getHealth) });
const healthDetails = makeHealthDetails(getHealth, () => countMessages(queueService));
app.get('health-details', { route: 'health/details', authLevel: 'admin', handler: healthDetails });
const replay = makeReplay({ ...work, store, index, holdAbandoned: makeHoldAbandoned(queueService) });
app.post('replay', { route: 'replay', authLevel: 'admin', handler: replay });
const mark = { store, index, routes, now, newId: randomUUID };
app.get('mark', { route: 'mark', authLevel: 'admin', handler: makeShowMark(mark) });
app.post('mark-change', { route: 'mark', authLevel: 'admin', handler: makeChangeMark(mark) });
app.get('deployments', { route: 'deployments', authLevel: 'function', handler: makeListDeployments(index) });
app.get('deployment', { route: 'deployments/{id}', authLevel: 'function', handler: makeShowDeployment(index) });
app.post('gates', {
  route: 'gates',
  // With `verify` the handler itself checks who calls.
  authLevel: gates.verify ? 'anonymous' : 'function',
  handler: makeGates({
    ...gates.deps,
    send: work.send,
    routes,
    hosts: settings,
    timeoutSeconds: settings.gates.timeoutSeconds,
    ...(gates.verify && { verify: gates.verify }),
  }),
});

// Queues
app.storageQueue('route-registry-event', {
  queueName: queueNames.registryEvents,
  connection,
  handler: makeRouteRegistryEvent({ ...work, routes, store }),
});
app.storageQueue('route-devops-event', {
  queueName: queueNames.devOpsEvents,
  connection,
  handler: makeRouteDevOpsEvent({
    ...work,
    ...delivery.verification,
    routes,
    store,
    builds: delivery.builds,
    collections: settings.azureDevOpsCollections,
    collectionNamed: (collection) => collectionStoodInFor(collection, settings),
    followPullRequest: delivery.followPullRequest,
  }),
});
app.storageQueue('apply-tag-update', {
  queueName: queueNames.tagUpdates,
  connection,
  handler: makeApplyTagUpdate({ ...work, apply: delivery.apply, store }),
});
app.storageQueue('follow-up', {
  queueName: queueNames.reports,
  connection,
  handler: makeFollowUp({ ...work, store: records, effects, gates: gates.evaluation }),
});
app.storageQueue('settle-sync-result', {
  queueName: queueNames.syncResults,
  connection,
  handler: makeSettleSyncResult({ ...work, ...settling, store }),
});
const onAbandoned: Partial<Record<WorkQueue, OnAbandoned>> = {
  [queueNames.tagUpdates]: abandonedUpdate({ store, now }),
  [queueNames.reports]: abandonedFollowUp({ gates: gates.evaluation }),
};
for (const queue of workQueues) {
  const queueName = `${queue}-poison`;
  const abandoned = onAbandoned[queue];
  const handler = makePoison({ queue, ...(abandoned && { abandoned }) }, work);
  app.storageQueue(queueName, { queueName, connection, handler });
}

// Timers
const intents = { store, now, findEnvironment, repositories: services.repositories, sleep, random: Math.random };
app.timer('settle-announcements', { schedule: '0 * * * * *', handler: makeSettleAnnouncements(intents) });
if (settings.argoCdInstances.size > 0) {
  app.timer('ask-argocd', { schedule: '30 * * * * *', handler: makeAskArgoCd({ ...settling, store }) });
}
app.timer('poll-pull-requests', { schedule: '0 * * * * *', handler: makePollPullRequests(delivery.follow) });
if (settings.verifyImage && settings.reconcileSchedule !== undefined) {
  const images = makeKnownImages(rows);
  const reconcile = makeReconcile({ ...work, routes, images, registry: services.registry, store, newId: randomUUID });
  app.timer('reconcile', { schedule: settings.reconcileSchedule, handler: reconcile });
}
