import { fileURLToPath } from 'node:url';
import { app } from '@azure/functions';
import { composeApp } from './app/compose.ts';
import { makeAcrWebhook } from './functions/acr-webhook.ts';
import { makeArgoCdWebhook } from './functions/argocd-webhook.ts';
import { makeAudited, makeListAudit } from './functions/audit.ts';
import { makeClock } from './functions/clock.ts';
import { makeListDeployments, makeShowDeployment } from './functions/deployments.ts';
import { makeDevOpsWebhook } from './functions/devops-webhook.ts';
import { makeListEnvironments } from './functions/environments.ts';
import { makeCheckPullRequests } from './lib/delivery/propose/follow-handler.ts';
import { makeFreeze, makeListFreezes, makeUnfreeze } from './functions/freezes.ts';
import { makeGitHubWebhook } from './functions/github-webhook.ts';
import { makeGates } from './functions/gates.ts';
import { makeHealth, makeHealthDetails } from './functions/health.ts';
import { makeChangeMark, makeShowMark } from './functions/mark.ts';
import { makePromote } from './functions/promote.ts';
import { makeListMissedPushes } from './functions/missed-pushes.ts';
import { makeOpenEndpoint } from './functions/open-endpoints.ts';
import { makePage } from './functions/page.ts';
import { makeRebuild } from './functions/rebuild.ts';
import { makeReplay } from './functions/replay.ts';
import { makeRollback } from './functions/rollback.ts';
import { makeMetrics } from './functions/metrics.ts';
import { makeSignIn } from './functions/signed-in.ts';
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
const { now, newId } = composed.machine;
const { settings } = configuration;
const { queueService, send, sendLater, due, store, index } = stores;
const connection = 'AzureWebJobsStorage';

const audit = makeAuditStore(stores.rows);
const hasSignIn = /^true$/i.test(process.env['WEBSITE_AUTH_ENABLED'] ?? '');
const open = makeOpenEndpoint(app, hasSignIn);
app.get('sign-in', { route: 'sign-in', authLevel: 'anonymous', handler: makeSignIn(hasSignIn) });
const audited = makeAudited({ audit, now, newId, hasSignIn });
open('audit', { route: 'audit', level: 'admin', handler: makeListAudit({ audit, now }) });
app.post('acr-webhook', { route: 'webhooks/acr', authLevel: 'function', handler: makeAcrWebhook({ send, now }) });
const identify = makeIdentifyArgoCd(configuration.argoCdSecrets, namesInstances(configuration.table));
const argoCdWebhook = makeArgoCdWebhook({ start, now, identify });
app.post('argocd-webhook', { route: 'webhooks/argocd', authLevel: 'function', handler: argoCdWebhook });
const devOpsWebhook = makeDevOpsWebhook({ send, takesPushes: settings.routesFrom?.length !== 0 });
app.post('devops-webhook', { route: 'webhooks/azure-devops', authLevel: 'function', handler: devOpsWebhook });
const gitHubWebhook = makeGitHubWebhook({
  send,
  secrets: settings.gitHubWebhookSecrets,
  takesPushes: settings.routesFrom?.length !== 0,
});
// The signature identifies the caller.
app.post('github-webhook', { route: 'webhooks/github', authLevel: 'anonymous', handler: gitHubWebhook });
app.get('health', { route: 'health', authLevel: 'anonymous', handler: makeHealth(getHealth) });
const healthDetails = makeHealthDetails(getHealth, () => countMessages(queueService));
open('health-details', { route: 'health/details', level: 'admin', handler: healthDetails });
const replay = makeReplay({ send, now, store, index, hold: makeHoldMessages(queueService) });
open('replay', { method: 'POST', route: 'replay', level: 'admin', handler: audited('replay', replay) });
const rebuild = makeRebuild({ ...rebuilds, routes: routes.current, store, now });
open('rebuild', { method: 'POST', route: 'rebuild', level: 'admin', handler: audited('rebuild', rebuild) });
const rollback = makeRollback({ ...rollbacks, routes: routes.current, store, index, send, now, newId });
const promote = makePromote({ ...promotions, routes: routes.current, store, index, send, now });
open('promote', { method: 'POST', route: 'promote', level: 'admin', handler: audited('promote', promote) });
open('rollback', { method: 'POST', route: 'rollback', level: 'admin', handler: audited('rollback', rollback) });
const mark = { store, index, routes: routes.current, now, newId };
open('mark', { route: 'mark', level: 'admin', handler: makeShowMark(mark) });
open('mark-change', { method: 'POST', route: 'mark', level: 'admin', handler: audited('mark', makeChangeMark(mark)) });
const freezes = {
  freezes: stores.freezes,
  due: stores.due,
  routes: routes.current,
  checkPullRequests: makeCheckPullRequests({ store, send }),
  now,
  newId,
};
open('freezes', { route: 'freezes', level: 'admin', handler: makeListFreezes(freezes) });
open('freeze', { method: 'POST', route: 'freezes', level: 'admin', handler: audited('freeze', makeFreeze(freezes)) });
open('unfreeze', {
  method: 'DELETE',
  route: 'freezes',
  level: 'admin',
  handler: audited('unfreeze', makeUnfreeze(freezes)),
});
open('deployments', { route: 'deployments', level: 'function', handler: makeListDeployments(index) });
const { argoCdInstances } = settings;
const shown = { index, argoCdInstances, gates: gates.deps.gates, routes: routes.current };
open('deployment', {
  route: 'deployments/{id}',
  level: 'function',
  handler: makeShowDeployment(shown),
});
const environments = { listEnvironments: () => listEnvironments(stores.rows), routes: routes.current };
open('environments', { route: 'environments', level: 'function', handler: makeListEnvironments(environments) });
open('missed-pushes', {
  route: 'missed-pushes',
  level: 'function',
  handler: makeListMissedPushes(stores.missed),
});
const page = makePage(fileURLToPath(new URL('.', import.meta.url)));
app.get('ui', { route: 'ui', authLevel: 'anonymous', handler: page });
app.get('ui-file', { route: 'ui/{file}', authLevel: 'anonymous', handler: page });
const metrics = makeMetrics({
  figures: makeFigureStore(stores.rows),
  retries: makeRetryStore(stores.rows, newId()),
  index,
  countMessages: () => countMessages(queueService),
  now,
});
open('metrics', { route: 'metrics', level: 'function', handler: metrics });
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

app.storageQueue('work', { queueName: queueNames.work, connection, handler: makeWork(worker, composed.log) });
app.storageQueue('work-poison', { queueName: queueNames.poison, connection, handler: makePoison(worker) });
app.timer('clock', { schedule: '0 * * * * *', handler: makeClock(runPeriodic, composed.log) });
