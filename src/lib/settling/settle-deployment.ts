import type { Deployment } from '../model/deployment.ts';
import type { DeploymentStore } from '../deployments/store.ts';
import type { Log } from '../model/log.ts';
import { mayBeSettled } from '../model/is-open.ts';
import { applyProgress } from './apply-progress.ts';
import { evaluate } from './evaluate.ts';
import type { EvaluateDeps } from './evaluate.ts';
import type { ApplicationResult } from './application-result.ts';

export interface SettleDeploymentDeps extends EvaluateDeps {
  readonly store: Pick<DeploymentStore, 'update'>;
}

export interface Settled {
  /** The record after the result. */
  readonly deployment: Deployment;
  /** When to evaluate the result again, in milliseconds since 1970: the application may still be degraded then. */
  readonly checkAt?: number;
}

/**
 * Settles one deployment by a sync result. Results can repeat and arrive in any order: the record keeps the highest
 * state of all results. `update` runs for an unchanged record too, and queues unfinished effects again.
 */
export async function settleDeployment(
  deployment: Deployment,
  reported: ApplicationResult,
  log: Log,
  deps: SettleDeploymentDeps,
): Promise<Settled> {
  if (!mayBeSettled(deployment)) return { deployment };
  const evaluation = await evaluate(deployment, reported, deps);
  if (!evaluation) return { deployment };
  let last = deployment;
  let isMoved = false;
  await deps.store.update(deployment.update, (current) => {
    const next =
      current && applyProgress(current, reported.application, evaluation.progress, deps.now(), reported.isLast);
    isMoved = next !== undefined && next.state !== current?.state;
    last = next ?? current ?? last;
    return next;
  });
  if (isMoved) logSettled(last, reported.application, log);
  const { checkAt } = evaluation;
  const isOver = last.state === 'healthy' || last.progress?.[reported.application]?.state !== 'syncing';
  return { deployment: last, ...(checkAt !== undefined && !isOver && { checkAt }) };
}

export function logSettled({ update, state, reason }: Deployment, application: string, log: Log): void {
  const { route, environment, id, image } = update;
  log(state === 'failed' || state === 'degraded' ? 'warn' : 'info', 'settled', {
    route,
    environment,
    update: id,
    tag: image.tag,
    application,
    state,
    reason,
  });
}
