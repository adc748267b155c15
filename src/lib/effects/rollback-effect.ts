import type { Clock } from '../model/clock.ts';
import type { DeploymentStore } from '../deployments/store.ts';
import type { Deployment } from '../model/deployment.ts';
import type { TagUpdate } from '../model/tag-update.ts';
import { isRollback } from '../model/tag-update.ts';
import { rollbackKey } from '../rollback/rollback-job.ts';
import type { Environment } from '../routes/route.ts';
import type { DueStore } from '../work/due-store.ts';
import type { SendWork } from '../work/send-work.ts';
import type { RecordEffect } from './run-effects.ts';

export interface RollbackEffectDeps {
  /** A store whose writes queue no effects. */
  readonly store: Pick<DeploymentStore, 'update'>;
  readonly findEnvironment: (update: TagUpdate) => Promise<Environment | undefined>;
  readonly due: Pick<DueStore, 'arm'>;
  readonly send: SendWork;
  readonly now: Clock;
}

/**
 * Queues the rollback of a record that failed or is degraded. A failed sync waits for `failureAfter`, because Argo CD may
 * repeat it; `degraded` has lasted that long already.
 */
export function makeRollbackEffect({ store, findEnvironment, due, send, now }: RollbackEffectDeps): RecordEffect {
  return async (deployment) => {
    const { state, states, update, recovery } = deployment;
    if ((state !== 'failed' && state !== 'degraded') || recovery !== undefined || isRollback(update)) return deployment;
    const environment = await findEnvironment(update);
    if (!environment || environment.onFailure === 'none') return deployment;
    const { id, route } = update;
    const job = { kind: 'rollback', body: { id, route, environment: update.environment } } as const;
    const text = `\`onFailure: ${environment.onFailure}\` is decided`;
    if (state === 'degraded') {
      await send(job);
      return note(deployment, `${text} now`);
    }
    const since = states.findLast((one) => one.state === state)?.at;
    const failedAt = since === undefined ? now().getTime() : Date.parse(since);
    const at = new Date(failedAt + environment.failureAfterSeconds * 1000).toISOString();
    await due.arm({ key: rollbackKey(job.body), at, job });
    return note(deployment, `${text} at ${at}`);
  };

  /** Shows the pending decision. The rollback writes the final text, and may be faster. */
  async function note(deployment: Deployment, recovery: string): Promise<Deployment> {
    let noted = deployment;
    await store.update(deployment.update, (current) => {
      if (current?.state !== deployment.state || current.recovery !== undefined) return undefined;
      noted = { ...current, recovery, updatedAt: now().toISOString() };
      return noted;
    });
    return noted;
  }
}
