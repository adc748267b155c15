import { Failure } from '../model/failure.ts';
import type { Log } from '../model/log.ts';
import { parseBody } from '../work/parse-body.ts';
import type { JobHandler } from '../work/worker.ts';
import { settleResult } from './settle-result.ts';
import { syncJobSchema } from './sync-job.ts';
import type { SettleResultDeps } from './settle-result.ts';

export interface SettleHandlerDeps extends SettleResultDeps {
  /** Decides promotions by the last result of an application. `since`: when the job began. */
  readonly followResult: (application: string, since: Date, log: Log) => Promise<void>;
}

/** Jobs of the kind `sync-result`: settles the deployments of an application, and decides promotions by it. */
export function makeSettleHandler(deps: SettleHandlerDeps): JobHandler {
  return {
    async run(body, { log }) {
      const job = parseBody(body, syncJobSchema, 'a sync result');
      const since = deps.now();
      let newer: Failure | undefined;
      try {
        await settleResult(job, log, deps);
      } catch (error) {
        if (!(error instanceof Failure) || error.code !== 'row-newer') throw error;
        newer = error;
      }
      if (job.ask === undefined) await deps.followResult(job.application, since, log);
      if (newer) throw newer;
    },
  };
}
