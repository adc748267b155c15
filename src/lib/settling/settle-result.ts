import { z } from 'zod';
import { queueNames } from '../storage/queues.ts';
import type { SendMessage } from '../storage/queues.ts';
import { Failure } from '../model/failure.ts';
import type { SyncResult } from '../intake/sync-result.ts';
import type { Log } from '../model/log.ts';
import { isWaiting } from '../deployments/application-rows.ts';
import type { Deployment } from '../model/deployment.ts';
import type { DeploymentStore } from '../deployments/store.ts';
import { isSeenRunning } from './apply-progress.ts';
import type { BlamedResource, Judged } from './evaluate.ts';
import { settleDeployment } from './settle-deployment.ts';
import type { SettleDeploymentDeps } from './settle-deployment.ts';
import type { OpenRow, SettleStore } from './settle-store.ts';

/** The job of the queue `sync-results`. */
export const syncJobSchema = z.object({
  /** `[instance/]namespace/name`. */
  application: z.string().min(1),
  /** What Argo CD said; without it the last result is looked at again. */
  result: z.custom<SyncResult>((value) => typeof value === 'object' && value !== null).exactOptional(),
  /** When it came, ISO 8601. */
  receivedAt: z.string().exactOptional(),
  /** The deployment after which to go on: a job does at most `pageSize`. */
  after: z.string().exactOptional(),
});

export type SyncJob = z.infer<typeof syncJobSchema>;

export interface SettleResultDeps extends SettleDeploymentDeps {
  readonly store: Pick<DeploymentStore, 'find' | 'update'>;
  readonly results: SettleStore;
  readonly send: SendMessage;
  /** What is not healthy in an application now; `undefined` where Argo CD is not asked, or does not tell. */
  readonly blame: (application: string) => Promise<readonly BlamedResource[] | undefined>;
  /** Looks at a pull request whose record waits for it. */
  readonly followPullRequest: (deployment: Deployment, result: SyncResult, log: Log) => Promise<void>;
}

/** Deployments that are settled side by side; the job that settles them sends one for the next. */
const pageSize = 100;
/** A job that is to be tried again sends none: it goes on itself for so long, as an invocation has a minute. */
const longestMs = 30_000;

/**
 * Settles what an application's sync result shows. The result is kept first, and deployments are listed after; a record
 * is written first, and the last result read after: so none of the two misses the other.
 *
 * @throws {Failure} the first retryable one, after everything else has been done
 */
export async function settleResult(job: SyncJob, log: Log, deps: SettleResultDeps): Promise<void> {
  const { application } = job;
  const judged = await judgedOf(job, deps);
  if (!judged) return;
  const startedAt = deps.now().getTime();
  let retryable: Failure | undefined;
  let { after } = job;
  do {
    const rows = await deps.results.open(application, { limit: pageSize, ...(after !== undefined && { after }) });
    const settled = await Promise.all(rows.map((row) => settleRow(row, judged, log, deps)));
    const checks = settled.flatMap(({ checkAt }) => checkAt ?? []);
    if (checks.length > 0) await checkLater(application, Math.min(...checks), deps);
    retryable ??= settled.find(({ failure }) => failure !== undefined)?.failure;
    after = rows.length === pageSize ? rows.at(-1)?.rowKey : undefined;
  } while (retryable && after !== undefined && deps.now().getTime() - startedAt < longestMs);
  if (retryable) throw retryable;
  if (after !== undefined) await deps.send(queueNames.syncResults, { ...job, after });
}

/** Looks at the application's last result once more at a time, in milliseconds since 1970. */
export async function checkLater(
  application: string,
  at: number,
  { send, now }: Pick<SettleResultDeps, 'send' | 'now'>,
): Promise<void> {
  const delaySeconds = Math.max(1, Math.ceil((at - now().getTime()) / 1000));
  await send(queueNames.syncResults, { application } satisfies SyncJob, { delaySeconds });
}

async function judgedOf(
  { application, result, receivedAt }: SyncJob,
  deps: Pick<SettleResultDeps, 'results' | 'now' | 'blame'>,
): Promise<Judged | undefined> {
  if (result === undefined) {
    const kept = await deps.results.lastResult(application);
    return kept && toJudged(application, kept.result, true, deps);
  }
  const isLast = await deps.results.keep(application, { result, receivedAt: receivedAt ?? deps.now().toISOString() });
  return toJudged(application, result, isLast, deps);
}

/** A result, with what is asked of its application at most once. */
export function toJudged(
  application: string,
  result: SyncResult,
  isLast: boolean,
  { results, blame }: Pick<SettleResultDeps, 'results' | 'blame'>,
): Judged {
  let shared: Promise<boolean> | undefined;
  let blamed: ReturnType<SettleResultDeps['blame']> | undefined;
  return {
    application,
    result,
    isLast,
    isShared: () => (shared ??= results.isShared(application)),
    blame: () => (blamed ??= blame(application)),
  };
}

async function settleRow(
  { rowKey, key }: OpenRow,
  judged: Judged,
  log: Log,
  deps: SettleResultDeps,
): Promise<{ readonly checkAt?: number; readonly failure?: Failure }> {
  const deployment = await deps.store.find(key);
  // The row is written before its record, which may be on its way.
  if (!deployment) return {};
  try {
    if (deployment.state === 'pull-request') await deps.followPullRequest(deployment, judged.result, log);
    const { deployment: next, checkAt } = await settleDeployment(deployment, judged, log, deps);
    if (hasNothingToLearn(next, deps.now())) await deps.results.drop(judged.application, rowKey);
    return checkAt === undefined ? {} : { checkAt };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.kind === 'retryable') return { failure: error };
    const { route, environment } = key;
    log('error', 'not-settled', { route, environment, ...error.place, code: error.code, reason: error.message });
    return {};
  }
}

const hourMs = 60 * 60 * 1000;
/** A message is tried for 24 h: no result comes later than that. */
const latestResultMs = 25 * hourMs;
/** What failed may be mended, without another deployment. */
const mendedWithinMs = 7 * 24 * hourMs;

/** Whether no further result can change a record. */
function hasNothingToLearn(deployment: Deployment, now: Date): boolean {
  if (isWaiting(deployment)) return false;
  const { state, updatedAt } = deployment;
  if (state === 'healthy' && isSeenRunning(deployment)) return true;
  const age = now.getTime() - Date.parse(updatedAt);
  return age > (state === 'failed' || state === 'degraded' ? mendedWithinMs : latestResultMs);
}
