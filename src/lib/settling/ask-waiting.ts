import type { Clock } from '../model/clock.ts';
import type { ArgoCdApi } from '../argocd/argocd-api.ts';
import { Failure } from '../model/failure.ts';
import type { Log } from '../model/log.ts';
import type { SendWork } from '../work/send-work.ts';
import { isWaiting } from '../model/is-open.ts';
import type { Deployment } from '../model/deployment.ts';
import type { SettleStore, WaitingApplication } from './settle-store.ts';
import type { SyncJob } from './settle-result.ts';

export interface AskWaitingDeps {
  readonly results: Pick<SettleStore, 'waiting' | 'open' | 'lastResult' | 'recordCheck'>;
  readonly send: SendWork;
  readonly now: Clock;
  readonly argoCd: Pick<ArgoCdApi, 'knows' | 'getApplication'>;
}

/** Argo CD is asked after this time without a result for a deployment. */
const quietMs = 5 * 60_000;
/** The largest number of applications of one run. The longest waiting come first. */
const applicationsPerRun = 50;
/** Records of an application are read in pages of this size until one waits. */
const rowsPerPage = 50;

/**
 * Asks Argo CD for applications with a deployment that got no result for 5 min: a failed notification is lost. The answer
 * is processed as a notification. After a failure the next run asks again.
 */
export async function askWaiting(log: Log, deps: AskWaitingDeps): Promise<void> {
  const now = deps.now().getTime();
  const due = (await deps.results.waiting())
    .filter(({ application, since, lookedAt }) => deps.argoCd.knows(application) && isOld(lookedAt ?? since, now))
    .toSorted((a, b) => Date.parse(a.lookedAt ?? a.since) - Date.parse(b.lookedAt ?? b.since))
    .slice(0, applicationsPerRun);
  await Promise.all(due.map((waiting) => askOne(waiting, now, log, deps)));
}

async function askOne(waiting: WaitingApplication, now: number, log: Log, deps: AskWaitingDeps): Promise<void> {
  const { application } = waiting;
  const [records, kept] = await Promise.all([findWaiting(application, deps), deps.results.lastResult(application)]);
  if (records.length === 0) return deps.results.recordCheck(waiting, undefined);
  const isQuiet = records.some(({ state, updatedAt }) => state !== 'pull-request' && isOld(updatedAt, now));
  if (isQuiet && isOld(kept?.receivedAt, now)) await ask(application, log, deps);
  return deps.results.recordCheck(waiting, new Date(now).toISOString());
}

async function ask(application: string, log: Log, deps: AskWaitingDeps): Promise<void> {
  try {
    const result = await deps.argoCd.getApplication(application);
    if (result) {
      const job: SyncJob = { application, result, receivedAt: deps.now().toISOString() };
      await deps.send({ kind: 'sync-result', body: job });
    }
    log('info', 'argocd-asked', { application, hasAnswer: result !== undefined });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    log('warn', 'argocd-not-asked', { application, code: error.code, reason: error.message });
  }
}

/** The newest records that wait for an application: those of the first page that has one. */
async function findWaiting(application: string, { results }: AskWaitingDeps): Promise<readonly Deployment[]> {
  const records: Deployment[] = [];
  for (let after: string | undefined; ;) {
    const rows = await results.open(application, { limit: rowsPerPage, ...(after !== undefined && { after }) });
    records.push(...rows.flatMap(({ deployment }) => (isWaiting(deployment) ? [deployment] : [])));
    after = rows.at(-1)?.rowKey;
    if (records.length > 0 || rows.length < rowsPerPage) return records;
  }
}

function isOld(time: string | undefined, now: number): boolean {
  return time === undefined || now - Date.parse(time) >= quietMs;
}
