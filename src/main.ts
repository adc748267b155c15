import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { app } from '@azure/functions';
import { composeApp } from './app/compose.ts';
import { now } from './app/now.ts';
import { makeAcrWebhook } from './functions/acr-webhook.ts';
import { makeArgoCdWebhook } from './functions/argocd-webhook.ts';
import { makeAudited, makeListAudit } from './functions/audit.ts';
import { makeClock } from './functions/clock.ts';
import { makeListDeployments, makeShowDeployment } from './functions/deployments.ts';
import { makeDevOpsWebhook } from './functions/devops-webhook.ts';
import { makeListEnvironments } from './functions/environments.ts';
import { makeCheckPullRequests } from './lib/delivery/propose/follow-handler.ts';
import { makeFreeze, makeListFreezes, makeUnfreeze } from './functions/freezes.ts';
import { makeGates } from './functions/gates.ts';
import { makeHealth, makeHealthDetails } from './functions/health.ts';
import { makeChangeMark, makeShowMark } from './functions/mark.ts';
import { makePromote } from './functions/promote.ts';
import { makeListMissedPushes } from './functions/missed-pushes.ts';
import { makePage } from './functions/page.ts';
import { makeRebuild } from './functions/rebuild.ts';
import { makeReplay } from './functions/replay.ts';
import { makeRollback } from './functions/rollback.ts';
import { makeMetrics } from './functions/metrics.ts';
import { makePoison, makeWork } from './functions/work.ts';
import { makeIdentifyArgoCd } from './lib/argocd/identify-instance.ts';
import { listEnvironments } from './lib/deployments/list-environments.ts';
import { makeAuditStore } from './lib/audit/audit-store.ts';
import { makeRetryStore } from './lib/figures/retry-store.ts';
import { makeFigureStore } from './lib/figures/figure-store.ts';
import { namesInstances } from './lib/settling/settling.ts';
import { makeHoldMessages } from './lib/storage/held-messages.ts';
import { countMessages, queueNames } from './lib/storage/queues.ts';

const composed = composeApp(process.env);
const { configuration, stores, routes, rollbacks, rebuilds, promotions, gates } = composed;
const { worker, startPromptJob: start, runPeriodic, getHealth } = composed;
const { settings } = configuration;
const { queueService, send, sendLater, due, store, index } = stores;
const connection = 'AzureWebJobsStorage';

const audit = makeAuditStore(stores.rows);
const hasSignIn = /^true$/i.test(process.env['WEBSITE_AUTH_ENABLED'] ?? '');
const audited = makeAudited({ audit, now, newId: randomUUID, hasSignIn });
app.get('audit', { route: 'audit', authLevel: 'admin', handler: makeListAudit({ audit, now }) });
app.post('acr-webhook', { route: 'webhooks/acr', authLevel: 'function', handler: makeAcrWebhook({ send, now }) });
const identify = makeIdentifyArgoCd(configuration.argoCdSecrets, namesInstances(configuration.table));
const argoCdWebhook = makeArgoCdWebhook({ start, now, identify });
app.post('argocd-webhook', { route: 'webhooks/argocd', authLevel: 'function', handler: argoCdWebhook });
const devOpsWebhook = makeDevOpsWebhook({ send, takesPushes: settings.routesFrom?.length !== 0 });
app.post('devops-webhook', { route: 'webhooks/azure-devops', authLevel: 'function', handler: devOpsWebhook });
app.get('health', { route: 'health', authLevel: 'anonymous', handler: makeHealth(getHealth) });
const healthDetails = makeHealthDetails(getHealth, () => countMessages(queueService));
app.get('health-details', { route: 'health/details', authLevel: 'admin', handler: healthDetails });
const replay = makeReplay({ send, now, store, index, hold: makeHoldMessages(queueService) });
app.post('replay', { route: 'replay', authLevel: 'admin', handler: audited('replay', replay) });
const rebuild = makeRebuild({ ...rebuilds, routes: routes.current, store, now });
app.post('rebuild', { route: 'rebuild', authLevel: 'admin', handler: audited('rebuild', rebuild) });
const rollback = makeRollback({ ...rollbacks, routes: routes.current, store, index, send, now, newId: randomUUID });
const promote = makePromote({ ...promotions, routes: routes.current, store, index, send, now });
app.post('promote', { route: 'promote', authLevel: 'admin', handler: audited('promote', promote) });
app.post('rollback', { route: 'rollback', authLevel: 'admin', handler: audited('rollback', rollback) });
const mark = { store, index, routes: routes.current, now, newId: randomUUID };
app.get('mark', { route: 'mark', authLevel: 'admin', handler: makeShowMark(mark) });
app.post('mark-change', { route: 'mark', authLevel: 'admin', handler: audited('mark', makeChangeMark(mark)) });
const freezes = {
  freezes: stores.freezes,
  due: stores.due,
  routes: routes.current,
  checkPullRequests: makeCheckPullRequests({ store, send }),
  now,
  newId: randomUUID,
};
app.get('freezes', { route: 'freezes', authLevel: 'admin', handler: makeListFreezes(freezes) });
app.post('freeze', { route: 'freezes', authLevel: 'admin', handler: audited('freeze', makeFreeze(freezes)) });
app.deleteRequest('unfreeze', {
  route: 'freezes',
  authLevel: 'admin',
  handler: audited('unfreeze', makeUnfreeze(freezes)),
});
app.get('deployments', { route: 'deployments', authLevel: 'function', handler: makeListDeployments(index) });
app.get('deployment', { route: 'deployments/{id}', authLevel: 'function', handler: makeShowDeployment(index) });
const environments = { listEnvironments: () => listEnvironments(stores.rows), routes: routes.current };
app.get('environments', { route: 'environments', authLevel: 'function', handler: makeListEnvironments(environments) });
app.get('missed-pushes', {
  route: 'missed-pushes',
  authLevel: 'function',
  handler: makeListMissedPushes(stores.missed),
});
const page = makePage(fileURLToPath(new URL('.', import.meta.url)));
app.get('ui', { route: 'ui', authLevel: 'anonymous', handler: page });
app.get('ui-file', { route: 'ui/{file}', authLevel: 'anonymous', handler: page });
const metrics = makeMetrics({
  figures: makeFigureStore(stores.rows),
  retries: makeRetryStore(stores.rows, randomUUID()),
  index,
  countMessages: () => countMessages(queueService),
  now,
});
app.get('metrics', { route: 'metrics', authLevel: 'function', handler: metrics });
app.post('gates', {
  route: 'gates',
  // With `verify` the handler itself checks who calls.
  authLevel: gates.verify ? 'anonymous' : 'function',
  handler: makeGates({
    ...gates.deps,
    start,
    sendLater,
    due,
    routes: routes.current,
    hosts: settings,
    timeoutSeconds: settings.gates.timeoutSeconds,
    ...(gates.verify && { verify: gates.verify }),
  }),
});

app.storageQueue('work', { queueName: queueNames.work, connection, handler: makeWork(worker) });
app.storageQueue('work-poison', { queueName: queueNames.poison, connection, handler: makePoison(worker) });
app.timer('clock', { schedule: '0 * * * * *', handler: makeClock(runPeriodic) });
