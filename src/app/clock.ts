import type { ApplyUpdateDeps } from '../lib/delivery/apply-update.ts';
import { expireIntents } from '../lib/delivery/intents/expire.ts';
import { listRecords } from '../lib/deployments/lists/list-records.ts';
import { foldLookups } from '../lib/deployments/lookups/fold-lookups.ts';
import { moveFormerRows } from '../lib/deployments/former/move-former-records.ts';
import { makeAuditStore } from '../lib/audit/audit-store.ts';
import { countChanges } from '../lib/figures/count-changes.ts';
import { makeFigureStore } from '../lib/figures/figure-store.ts';
import { markFormerHours } from '../lib/figures/mark-former-hours.ts';
import { followPullRequests } from '../lib/delivery/propose/follow-pull-requests.ts';
import { followPreviews, previewSchedule } from '../lib/delivery/previews/follow-previews.ts';
import { makePreviewStore } from '../lib/delivery/previews/preview-store.ts';
import { makeKnownImages } from '../lib/delivery/reconcile/known-images.ts';
import { reconcile } from '../lib/delivery/reconcile/reconcile.ts';
import { makeShowAgain } from '../lib/deployments/show-again.ts';
import { listEnvironments } from '../lib/deployments/list-environments.ts';
import type { Deployment } from '../lib/model/deployment.ts';
import { noticeOf } from '../lib/notify/notice.ts';
import { makeNoticeStore } from '../lib/notify/notice-store.ts';
import { sendNotices } from '../lib/notify/send-notices.ts';
import type { Log } from '../lib/model/log.ts';
import { sweepPromotions } from '../lib/promotion/sweep.ts';
import type { RoutesInForce } from '../lib/in-force/routes-in-force.ts';
import type { Settings } from '../lib/settings/settings.ts';
import { askWaiting } from '../lib/settling/ask-waiting.ts';
import { makeHoldMessages } from '../lib/storage/held-messages.ts';
import { bySchedule } from '../lib/work/by-schedule.ts';
import { moveFormerMessages } from '../lib/work/move-former.ts';
import { makeRunPeriodic } from '../lib/work/run-periodic.ts';
import type { PeriodicJob } from '../lib/work/run-periodic.ts';
import { sendDue } from '../lib/work/send-due.ts';
import type { Worker } from '../lib/work/worker.ts';
import type { makeDelivery } from './delivery.ts';
import type { Machine } from './machine.ts';
import { applyRetention, firstDayKept, retentionSchedule } from './retention.ts';
import type { Services } from './services.ts';
import type { makeAppSettling } from './settling.ts';
import type { Stores } from './stores.ts';

export interface ClockParts extends Pick<ApplyUpdateDeps, 'findEnvironment'> {
  readonly settings: Pick<
    Settings,
    'argoCdInstances' | 'verifyImage' | 'reconcileSchedule' | 'retentionDays' | 'notify'
  >;
  readonly userAgent: string;
  readonly machine: Machine;
  readonly services: Pick<Services, 'repositories' | 'registry'>;
  readonly stores: Stores;
  readonly routes: RoutesInForce['current'];
  readonly refreshRoutes: (log: Log) => Promise<void>;
  readonly delivery: Pick<ReturnType<typeof makeDelivery>, 'follow'>;
  readonly settling: ReturnType<typeof makeAppSettling>;
  readonly worker: Pick<Worker, 'runAlone'>;
}

// Each hour.
const sweepSchedule = '20 37 * * * *';
const foldSchedule = '30 52 * * * *';

/** The jobs of the clock: every minute, reconcile by `RECONCILE_SCHEDULE`. */
export function makeClock(parts: ClockParts): (log: Log) => Promise<void> {
  const { settings, services, stores, routes, refreshRoutes, delivery, settling, worker, findEnvironment, userAgent } =
    parts;
  const { now, sleep, random, newId } = parts.machine;
  const { store, rows, due, send } = stores;
  const { repositories, registry } = services;
  const intents = { store, now, findEnvironment, repositories, sleep, random };
  const audit = makeAuditStore(rows);
  const notices = makeNoticeStore(rows);
  const observe = async (hour: string, records: readonly Deployment[]): Promise<void> => {
    await audit.recordTransitions(hour, records);
    const news = records.flatMap((record) => noticeOf(record, now()) ?? []);
    if (settings.notify.length > 0) await notices.queue(hour, news, settings.notify);
  };
  const changes = { rows, figures: makeFigureStore(rows), observe, now };
  const moving = { hold: makeHoldMessages(stores.queueService), send, worker, now };
  const jobs: PeriodicJob[] = [
    { name: 'move-former-messages', run: (log) => moveFormerMessages(log, moving) },
    { name: 'move-former-records', run: (log) => moveFormerRows(log, { rows, now }) },
    { name: 'list-records', run: (log) => listRecords(log, { rows, now }) },
    { name: 'send-due', run: (log) => sendDue(log, { due, send, now }) },
    { name: 'push-intents', run: (log) => expireIntents(log, intents) },
    { name: 'former-figures', run: () => markFormerHours(rows) },
    { name: 'figures', run: () => countChanges(firstDayKept(settings.retentionDays, now()), changes) },
    { name: 'pull-requests', run: (log) => followPullRequests(log, delivery.follow) },
    { name: 'routes', run: refreshRoutes },
  ];
  if (settings.notify.length > 0) {
    const notifying = { targets: settings.notify, notices, userAgent, now };
    jobs.push({ name: 'notify', run: (log) => sendNotices(log, notifying) });
  }
  if (settings.argoCdInstances.size > 0) {
    jobs.push({ name: 'ask-argocd', run: (log) => askWaiting(log, { ...settling, store }) });
  }
  if (settings.verifyImage && settings.reconcileSchedule !== undefined) {
    const deps = {
      routes,
      images: makeKnownImages(rows),
      registry,
      store,
      send,
      now,
      newId,
    };
    const job = { name: 'reconcile', run: (log: Log) => reconcile(log, deps) };
    jobs.push(bySchedule(job, settings.reconcileSchedule, { rows, now }));
  }
  const sweep = { routes, listEnvironments: () => listEnvironments(rows), send };
  const sweeping = { name: 'promotions', run: (log: Log) => sweepPromotions(log, sweep) };
  jobs.push(bySchedule(sweeping, sweepSchedule, { rows, now }));
  const previews = { previews: makePreviewStore(rows), store, showAgain: makeShowAgain(rows), repositories, now };
  const following = { name: 'previews', run: (log: Log) => followPreviews(log, previews) };
  jobs.push(bySchedule(following, previewSchedule, { rows, now }));
  const folding = { name: 'lookups', run: (log: Log) => foldLookups(log, { rows, now }) };
  jobs.push(bySchedule(folding, foldSchedule, { rows, now }));
  const days = settings.retentionDays;
  if (days !== undefined) {
    const job = { name: 'retention', run: (log: Log) => applyRetention(log, days, { stores, now }) };
    jobs.push(bySchedule(job, retentionSchedule, { rows, now }));
  }
  return makeRunPeriodic(jobs, { now });
}
