import { ageMs } from '../model/clock.ts';
import { skipInvalid } from '../deployments/skip-invalid.ts';
import type { Clock } from '../model/clock.ts';
import type { Refresher } from '../argocd/refresher.ts';
import type { Log } from '../model/log.ts';
import { endForcedAway } from './end-forced-away.ts';
import type { EndForcedAwayDeps } from './end-forced-away.ts';
import { findWaiting, waitsForArgoCd } from './find-waiting.ts';
import type { SettleStore, WaitingApplication } from './settle-store.ts';

export interface AskWaitingDeps extends EndForcedAwayDeps {
  readonly results: Pick<SettleStore, 'waiting' | 'open' | 'lastResult' | 'recordCheck'>;
  readonly now: Clock;
  readonly asker: Pick<Refresher, 'knows' | 'ask'>;
}

/** Argo CD is asked after this time without a result for a deployment. */
const quietMs = 5 * 60_000;
/** The largest number of applications of one run. The longest waiting come first. */
const applicationsPerRun = 50;

/**
 * Asks Argo CD for applications with a deployment that got no result for 5 min: a planned ask can be lost with its process.
 * After a failure a later run asks again.
 */
export async function askWaiting(log: Log, deps: AskWaitingDeps): Promise<void> {
  const now = deps.now().getTime();
  const due = (await deps.results.waiting())
    .filter(({ application, since, lookedAt }) => deps.asker.knows(application) && isOld(lookedAt ?? since, now))
    .toSorted((a, b) => Date.parse(a.lookedAt ?? a.since) - Date.parse(b.lookedAt ?? b.since))
    .slice(0, applicationsPerRun);
  await Promise.all(due.map((waiting) => askOne(waiting, now, log, deps)));
}

async function askOne(waiting: WaitingApplication, now: number, log: Log, deps: AskWaitingDeps): Promise<void> {
  const { application } = waiting;
  const [records, kept] = await Promise.all([
    findWaiting(application, deps.results),
    skipInvalid(deps.results.lastResult(application)),
  ]);
  if (records.length === 0) return deps.results.recordCheck(waiting, undefined);
  const left = await endForcedAway(records.filter(waitsForArgoCd), log, deps);
  const isQuiet = left.some(({ updatedAt }) => isOld(updatedAt, now));
  if (isQuiet && isOld(kept?.receivedAt, now)) deps.asker.ask(application);
  return deps.results.recordCheck(waiting, new Date(now).toISOString());
}

function isOld(time: string | undefined, now: number): boolean {
  return time === undefined || ageMs(time, new Date(now)) >= quietMs;
}
