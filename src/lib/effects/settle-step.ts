import type { FollowStep } from './run-effects.ts';
import type { Deployment } from '../model/deployment.ts';
import { mayBeSettled } from '../settling/apply-progress.ts';
import { settleDeployment } from '../settling/settle-deployment.ts';
import { checkLater, toJudged } from '../settling/settle-result.ts';
import type { SettleResultDeps } from '../settling/settle-result.ts';

/** The first thing that follows from a record that stands in Git: what its applications last said may settle it. */
export function makeSettleStep(deps: SettleResultDeps): FollowStep {
  return async (deployment, log) => {
    let last: Deployment = deployment;
    for (const application of deployment.applications ?? []) {
      if (!mayBeSettled(last) || last.state === 'healthy') break;
      const kept = await deps.results.lastResult(application);
      if (!kept) continue;
      const { deployment: settled, checkAt } = await settleDeployment(
        last,
        toJudged(application, kept.result, true, deps),
        log,
        deps,
      );
      last = settled;
      if (checkAt !== undefined) await checkLater(application, checkAt, deps);
    }
    return last;
  };
}
