import type { StorageQueueHandler } from '@azure/functions';
import { queueNames } from '../lib/storage/queues.ts';
import { settleResult, syncJobSchema } from '../lib/settling/settle-result.ts';
import type { SettleResultDeps } from '../lib/settling/settle-result.ts';
import { Failure } from '../lib/model/failure.ts';
import { workOnMessage } from '../lib/work/queue-work.ts';
import type { QueueWorkDeps } from '../lib/work/queue-work.ts';
import { logOf } from './log.ts';

/** Queue `sync-results`: settles the deployments that a revision of an application contains. */
export function makeSettleSyncResult(deps: SettleResultDeps & QueueWorkDeps): StorageQueueHandler {
  return async (message, context) => {
    const log = logOf(context);
    const run = (body: unknown): Promise<void> => {
      const parsed = syncJobSchema.safeParse(body);
      if (!parsed.success) throw new Failure('message-malformed', 'The message is not a sync result.');
      return settleResult(parsed.data, log, deps);
    };
    await workOnMessage(message, { queue: queueNames.syncResults, run }, log, deps);
  };
}
