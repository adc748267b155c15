import type { RecordEffect } from './run-effects.ts';
import type { Deployment } from '../model/deployment.ts';
import { mayBeSettled } from '../model/is-open.ts';
import { settleDeployment } from '../settling/settle-deployment.ts';
import { checkLater, toApplicationResult } from '../settling/settle-result.ts';
import type { SettleResultDeps } from '../settling/settle-result.ts';

/** Settles a committed record by the last results of its applications. */
export function makeSettleEffect(deps: Omit<SettleResultDeps, 'withEffects'>): RecordEffect {
  return async (deployment, log) => {
    let last: Deployment = deployment;
    for (const application of deployment.applications ?? []) {
      if (!mayBeSettled(last) || last.state === 'healthy') break;
      const kept = await deps.results.lastResult(application);
      if (!kept) continue;
      await deps.keepValues?.ofDeployment(application, kept.result, last.update);
      const { deployment: settled, checkAt } = await settleDeployment(
        last,
        toApplicationResult(application, kept.result, true, deps),
        log,
        deps,
      );
      last = settled;
      if (checkAt !== undefined) await checkLater(application, checkAt, deps);
    }
    return last;
  };
}
