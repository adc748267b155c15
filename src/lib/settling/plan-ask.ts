import type { SyncResult } from '../intake/sync-result.ts';
import type { Clock } from '../model/clock.ts';
import type { SendLater } from '../work/send-later.ts';
import type { SettleStore } from './settle-store.ts';
import type { SyncJob } from './sync-job.ts';

export interface PlanAskDeps {
  readonly results: Pick<SettleStore, 'changeAsk'>;
  readonly sendLater: SendLater;
  readonly now: Clock;
  readonly newId: () => string;
}

const soonMs = 1_000;
const pauses = { shortestMs: 5_000, longestMs: 4 * 60_000 };
/** An ask that is overdue for this time was lost. */
const lostAfterMs = 10 * 60_000;

/** The pause before the next ask: a quarter of the time since the rollout began. */
export function pauseMs(sinceBeginMs: number): number {
  return Math.min(Math.max(sinceBeginMs / 4, pauses.shortestMs), pauses.longestMs);
}

/**
 * Plans when Argo CD is asked for an application again. One ask of an application is planned at a time: a sooner one
 * replaces it, and its message is ignored.
 *
 * @param begun when a rollout began at the earliest, in milliseconds since 1970
 * @param isHint whether Argo CD has just reported a change
 */
export async function planAsk(
  application: string,
  { begun, isHint }: { readonly begun?: number; readonly isHint: boolean },
  { results, sendLater, now, newId }: PlanAskDeps,
): Promise<void> {
  const time = now().getTime();
  const id = newId();
  let delayMs: number | undefined;
  await results.changeAsk(application, (planned) => {
    delayMs = undefined;
    const plannedAt = planned ? Date.parse(planned.at) : 0;
    const known = planned && time - plannedAt < lostAfterMs ? Date.parse(planned.since) : undefined;
    const since = Math.min(Math.max(known ?? begun ?? time, begun ?? 0), time);
    const wanted = isHint ? soonMs : pauseMs(time - since);
    if (planned?.id !== '' && plannedAt >= time && plannedAt <= time + wanted) return undefined;
    delayMs = wanted;
    return { id, at: new Date(time + wanted).toISOString(), since: new Date(since).toISOString() };
  });
  if (delayMs === undefined) return;
  const body: SyncJob = { application, ask: id };
  try {
    await sendLater(`ask ${application}`, { kind: 'sync-result', body }, Math.ceil(delayMs / 1000));
  } catch (error) {
    // Without its message the row would keep the next call from planning an ask.
    await results.changeAsk(application, (planned) => (planned?.id === id ? { ...planned, id: '' } : undefined));
    throw error;
  }
}

/** When the operation of a result began: a rollout can begin long after the commit. */
export function operationBegan({ operation }: Pick<SyncResult, 'operation'>): number {
  return operation === undefined ? 0 : Date.parse(operation.startedAt);
}
