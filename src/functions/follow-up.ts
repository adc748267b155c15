import type { StorageQueueHandler } from '@azure/functions';
import { queueNames } from '../lib/azure/queues.ts';
import { followUp } from '../lib/deployments/follow-up.ts';
import type { FollowUpDeps } from '../lib/deployments/follow-up.ts';
import { followUpJobSchema } from '../lib/deployments/follow-up-jobs.ts';
import { Failure } from '../lib/failure.ts';
import { workOnMessage } from '../lib/updates/queue-work.ts';
import type { QueueWorkDeps } from '../lib/updates/queue-work.ts';
import { logOf } from './log.ts';

/** Queue `reports`: settles, reports and completes gates by what records say now. */
export function makeFollowUp(deps: FollowUpDeps & QueueWorkDeps): StorageQueueHandler {
  return async (message, context) => {
    const log = logOf(context);
    const run = (body: unknown): Promise<void> => {
      const parsed = followUpJobSchema.safeParse(body);
      if (!parsed.success) throw new Failure('message-malformed', 'The message names no records.');
      return followUp(parsed.data.updates, log, deps);
    };
    await workOnMessage(message, { queue: queueNames.reports, run }, log, deps);
  };
}
