import type { Deployment } from '../model/deployment.ts';
import type { DeploymentStore } from '../deployments/store.ts';
import type { Log } from '../model/log.ts';
import { advance, mayBeSettled } from './apply-progress.ts';
import { judge } from './evaluate.ts';
import type { JudgeDeps, Judged } from './evaluate.ts';

export interface SettleDeploymentDeps extends JudgeDeps {
  readonly store: Pick<DeploymentStore, 'update'>;
}

export interface Settled {
  /** The record as it is now. */
  readonly deployment: Deployment;
  /** When to look again whether the application is still degraded, in milliseconds since 1970. */
  readonly checkAt?: number;
}

/**
 * Settles one deployment by a sync result. May be repeated, in any order: the record keeps the highest that any result
 * showed. A record that has nothing to learn is written to all the same, so that what follows from it is repeated where
 * that was not done.
 */
export async function settleDeployment(
  deployment: Deployment,
  judged: Judged,
  log: Log,
  deps: SettleDeploymentDeps,
): Promise<Settled> {
  if (!mayBeSettled(deployment)) return { deployment };
  const verdict = await judge(deployment, judged, deps);
  if (!verdict) return { deployment };
  let last = deployment;
  let isMoved = false;
  await deps.store.update(deployment.update, (current) => {
    const next = current && advance(current, judged.application, verdict.progress, deps.now());
    isMoved = next !== undefined && next.state !== current?.state;
    last = next ?? current ?? last;
    return next;
  });
  if (isMoved) logSettled(last, judged.application, log);
  const { checkAt } = verdict;
  const isOver = last.state === 'healthy' || last.progress?.[judged.application]?.state !== 'syncing';
  return { deployment: last, ...(checkAt !== undefined && !isOver && { checkAt }) };
}

function logSettled({ update, state, reason }: Deployment, application: string, log: Log): void {
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
