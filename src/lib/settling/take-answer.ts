import type { AnswerCause } from '../argocd/refresher.ts';
import type { SyncResult } from '../intake/sync-result.ts';
import type { Job } from '../work/envelope.ts';
import { findWaiting, waitsForArgoCd } from './find-waiting.ts';
import { planAsk } from './plan-ask.ts';
import type { PlanAskDeps } from './plan-ask.ts';
import type { SettleStore } from './settle-store.ts';
import type { SyncJob } from './sync-job.ts';

export interface TakeAnswerDeps extends PlanAskDeps {
  readonly results: Pick<SettleStore, 'changeAsk' | 'open'>;
  /** Settles a result soon. It is stored when this returns. */
  readonly settleSoon: (job: Job) => Promise<unknown>;
}

/**
 * Stores the state of an application that Argo CD answered, to be settled as a notification is. Without a state Argo CD is
 * asked again while a deployment waits.
 */
export async function takeAnswer(
  application: string,
  result: SyncResult | undefined,
  cause: AnswerCause,
  deps: TakeAnswerDeps,
): Promise<void> {
  const at = deps.now();
  if (result) {
    const body: SyncJob = { application, result, receivedAt: at.toISOString(), asked: cause };
    await deps.settleSoon({ kind: 'sync-result', body });
    return;
  }
  const waiting = await findWaiting(application, deps.results);
  if (!waiting.some(waitsForArgoCd)) return;
  await planAsk(application, { ...(cause === 'refresh' && { begun: at.getTime() }), isHint: false }, deps);
}
