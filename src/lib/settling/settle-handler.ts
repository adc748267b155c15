import { parseBody } from '../work/parse-body.ts';
import type { JobHandler } from '../work/worker.ts';
import { settleResult } from './settle-result.ts';
import { syncJobSchema } from './sync-job.ts';
import type { SettleResultDeps } from './settle-result.ts';

/** Jobs of the kind `sync-result`: settles the deployments of an application. */
export function makeSettleHandler(deps: SettleResultDeps): JobHandler {
  return { run: (body, { log }) => settleResult(parseBody(body, syncJobSchema, 'a sync result'), log, deps) };
}
