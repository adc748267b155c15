import type { ArgoCdApi } from '../argocd/argocd-api.ts';
import type { Refresher } from '../argocd/refresher.ts';
import { Failure } from '../model/failure.ts';
import type { SyncResult } from '../intake/sync-result.ts';
import type { Log } from '../model/log.ts';
import type { SendLater } from '../work/send-later.ts';
import type { SendWork } from '../work/send-work.ts';
import { isSeenRunning, isWaiting } from '../model/is-open.ts';
import type { Deployment } from '../model/deployment.ts';
import type { DeploymentStore, EnvironmentKey, WithEffects } from '../deployments/store.ts';
import type { ApplicationResult } from './application-result.ts';
import type { LiveResources } from './live-resources.ts';
import type { SyncJob } from './sync-job.ts';
import { endForcedAway } from './end-forced-away.ts';
import type { FindForcedAway } from './forced-away.ts';
import { waitsForArgoCd } from './find-waiting.ts';
import { operationBegan, planAsk } from './plan-ask.ts';
import { supersedeListed } from './supersede-listed.ts';
import { startSync } from './start-sync.ts';
import { settleDeployment } from './settle-deployment.ts';
import type { SettleDeploymentDeps } from './settle-deployment.ts';
import type { KeepValues } from './keep-values.ts';
import type { WatchDrift } from './watch-drift.ts';
import type { OpenRow, SettleStore } from './settle-store.ts';

export interface SettleResultDeps extends SettleDeploymentDeps {
  readonly store: Pick<DeploymentStore, 'find' | 'update'> & Partial<Pick<DeploymentStore, 'replaceListed'>>;
  /** Runs the work on a record, and afterwards its effects if it changed. */
  readonly withEffects: WithEffects;
  readonly results: SettleStore;
  /** Keeps the values that results show; absent if no environment goes back after a failure. */
  readonly keepValues?: KeepValues;
  readonly watchDrift?: WatchDrift;
  readonly send: SendWork;
  readonly sendLater: SendLater;
  readonly newId: () => string;
  /** Asks Argo CD in the background, where the settings have access to it. */
  readonly asker: Pick<Refresher, 'knows' | 'ask' | 'startSync'>;
  /** The live resources of an application; `undefined` if the settings have no access to its Argo CD. */
  readonly resources: (application: string) => Promise<LiveResources | undefined>;
  /** The application that holds the manifest of another one, by Argo CD's API. */
  readonly holderOf: ArgoCdApi['getHolder'];
  readonly findForcedAway: FindForcedAway;
  /** Follows the pull request that a record waits for. */
  readonly followPullRequest: (deployment: Deployment, result: SyncResult, log: Log) => Promise<void>;
}

/** Deployments that one job lists, and that it settles one by one. It sends a job for the next ones. */
const pageSize = 1_000;
const settledAlone = 100;
/** A job that is retried sends no next one. It continues itself for this time, because an invocation has a minute. */
const longestMs = 30_000;

/**
 * Settles the deployments of an application by a sync result. The result is stored before deployments are listed, and a
 * record is written before the last result is read: so neither misses the other.
 *
 * @throws {Failure} the first retryable one, after all other deployments
 */
export async function settleResult(job: SyncJob, log: Log, deps: SettleResultDeps): Promise<void> {
  const { application } = job;
  if (job.ask !== undefined) return askPlanned(application, job.ask, deps);
  // Rows that only a newer version can read are left to its workers: the job goes back after all else is settled.
  const newer: Failure[] = [];
  const onNewer = (failure: Failure): unknown => newer.push(failure);
  const reported = await readApplicationResult(job, onNewer, deps);
  if (!reported) return;
  const startedAt = deps.now().getTime();
  let retryable = job.after === undefined ? await keepValues(reported, deps) : undefined;
  let { after } = job;
  const superseded: EnvironmentKey[] = [];
  do {
    const page = { limit: pageSize, onNewer, ...(after !== undefined && { after }) };
    const rows = await deps.results.open(application, page);
    const done = await supersedeListed(rows, reported, log, deps);
    const listed = rows.filter(({ rowKey }) => done.has(rowKey));
    const left = rows.filter(({ rowKey }) => !done.has(rowKey));
    const others = left.slice(0, settledAlone);
    const settled = await Promise.all(others.map((row) => settleRow(row, reported, log, deps)));
    superseded.push(
      ...listed.map(({ deployment }) => deployment.update),
      ...settled.flatMap((one) => one.superseded ?? []),
    );
    const checks = settled.flatMap(({ checkAt }) => checkAt ?? []);
    if (checks.length > 0) await checkLater(application, Math.min(...checks), deps);
    const open = settled.flatMap(({ waiting }) => waiting ?? []);
    if (open.length > 0) await askAgain(job, deps);
    if (reported.isLast) await endForcedAway(open, log, deps);
    await startSync(open, reported, log, deps);
    retryable ??= settled.find(({ failure }) => failure !== undefined)?.failure ?? newer[0];
    const isCut = left.length > others.length;
    after = isCut ? others.at(-1)?.rowKey : rows.length === pageSize ? rows.at(-1)?.rowKey : undefined;
  } while (retryable && after !== undefined && deps.now().getTime() - startedAt < longestMs);
  await deps.watchDrift?.(reported, superseded.map(environmentOf), log);
  if (retryable) throw retryable;
  if (after !== undefined) await deps.send({ kind: 'sync-result', body: { ...job, after } });
}

/** @returns a failure after which the job is repeated: it holds up no deployment */
async function keepValues(
  { application, result }: ApplicationResult,
  { keepValues: kept }: SettleResultDeps,
): Promise<Failure | undefined> {
  try {
    await kept?.ofResult(application, result);
    return undefined;
  } catch (error) {
    if (error instanceof Failure && error.kind === 'retryable') return error;
    throw error;
  }
}

async function askPlanned(application: string, id: string, deps: SettleResultDeps): Promise<void> {
  let isPlanned = false;
  await deps.results.changeAsk(application, (planned) => {
    isPlanned = planned?.id === id;
    // Clocks differ: the row shows that this ask is due.
    return planned && isPlanned ? { ...planned, id: '' } : undefined;
  });
  if (isPlanned) deps.asker.ask(application);
}

/** Plans the next ask for an application that deployments still wait for. A notification is a hint to ask now. */
async function askAgain({ application, result, receivedAt, asked }: SyncJob, deps: SettleResultDeps): Promise<void> {
  if (result === undefined || !deps.asker.knows(application)) return;
  const refreshedAt = asked === 'refresh' && receivedAt !== undefined ? Date.parse(receivedAt) : 0;
  const begun = Math.max(refreshedAt, operationBegan(result));
  await planAsk(application, { ...(begun > 0 && { begun }), isHint: asked === undefined }, deps);
}

/** Evaluates the application's last result again at a time, in milliseconds since 1970. */
export async function checkLater(
  application: string,
  at: number,
  { sendLater, now }: Pick<SettleResultDeps, 'sendLater' | 'now'>,
): Promise<void> {
  const delaySeconds = Math.max(1, Math.ceil((at - now().getTime()) / 1000));
  const job = { kind: 'sync-result', body: { application } satisfies SyncJob } as const;
  await sendLater(`settle ${application}`, job, delaySeconds);
}

/** @param onNewer receives the failure if the result cannot be stored beside one of a newer version */
async function readApplicationResult(
  { application, result, receivedAt }: SyncJob,
  onNewer: (failure: Failure) => unknown,
  deps: Pick<SettleResultDeps, 'results' | 'now' | 'resources'>,
): Promise<ApplicationResult | undefined> {
  if (result === undefined) {
    const kept = await deps.results.lastResult(application);
    return kept && toApplicationResult(application, kept.result, true, deps);
  }
  let isLast = true;
  try {
    isLast = await deps.results.keep(application, { result, receivedAt: receivedAt ?? deps.now().toISOString() });
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'row-newer') throw error;
    onNewer(error);
  }
  return toApplicationResult(application, result, isLast, deps);
}

/** A result with facts of its application. Each fact is read at most once. */
export function toApplicationResult(
  application: string,
  result: SyncResult,
  isLast: boolean,
  { results, resources }: Pick<SettleResultDeps, 'results' | 'resources'>,
): ApplicationResult {
  let shared: Promise<boolean> | undefined;
  let live: ReturnType<SettleResultDeps['resources']> | undefined;
  return {
    application,
    result,
    isLast,
    isShared: () => (shared ??= results.isShared(application)),
    resources: () => (live ??= resources(application)),
  };
}

interface SettledRow {
  readonly checkAt?: number;
  readonly waiting?: Deployment;
  readonly failure?: Failure;
  /** The result has superseded it. */
  readonly superseded?: EnvironmentKey;
}

async function settleRow(
  { rowKey, deployment }: OpenRow,
  reported: ApplicationResult,
  log: Log,
  deps: SettleResultDeps,
): Promise<SettledRow> {
  const { update: key } = deployment;
  try {
    return await deps.withEffects(key, log, async () => {
      if (deployment.state === 'pull-request') await deps.followPullRequest(deployment, reported.result, log);
      const { deployment: next, checkAt } = await settleDeployment(deployment, reported, log, deps);
      if (isFinal(next, deps.now())) await deps.results.drop(reported.application, rowKey);
      const isSuperseded = next.state === 'superseded' && deployment.state !== 'superseded';
      return {
        ...waitingOf(next),
        ...(checkAt !== undefined && { checkAt }),
        ...(isSuperseded && { superseded: next.update }),
      };
    });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.kind === 'retryable') return { failure: error, ...waitingOf(deployment) };
    const { route, environment } = key;
    log('error', 'not-settled', { route, environment, ...error.place, code: error.code, reason: error.message });
    return {};
  }
}

function environmentOf({ route, environment }: EnvironmentKey): EnvironmentKey {
  return { route, environment };
}

function waitingOf(deployment: Deployment): { readonly waiting?: Deployment } {
  return waitsForArgoCd(deployment) ? { waiting: deployment } : {};
}

const hourMs = 60 * 60 * 1000;
/** A message is retried for 24 h: no result is processed later. */
const latestResultMs = 25 * hourMs;
/** A failed application can be repaired without another deployment. */
const repairedWithinMs = 7 * 24 * hourMs;

/** Whether no later result can change a record. */
function isFinal(deployment: Deployment, now: Date): boolean {
  if (isWaiting(deployment)) return false;
  const { state, updatedAt } = deployment;
  if (state === 'healthy' && isSeenRunning(deployment)) return true;
  const age = now.getTime() - Date.parse(updatedAt);
  return age > (state === 'failed' || state === 'degraded' ? repairedWithinMs : latestResultMs);
}
