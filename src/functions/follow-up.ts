import type { StorageQueueHandler } from '@azure/functions';
import { queueNames } from '../lib/storage/queues.ts';
import { runEffects } from '../lib/effects/run-effects.ts';
import type { RunEffectsDeps } from '../lib/effects/run-effects.ts';
import { effectJobSchema } from '../lib/effects/effect-jobs.ts';
import { Failure } from '../lib/model/failure.ts';
import { workOnMessage } from '../lib/work/queue-work.ts';
import { abandonGate, lookAtGate } from '../lib/gates/evaluate-gate.ts';
import type { LookAtGateDeps } from '../lib/gates/evaluate-gate.ts';
import { shareRuns } from '../lib/async/share-runs.ts';
import type { OnAbandoned, QueueWorkDeps } from '../lib/work/queue-work.ts';
import { logOf } from './log.ts';

export interface FollowUpFunctionDeps extends RunEffectsDeps, QueueWorkDeps {
  readonly gates: LookAtGateDeps;
}

/** Queue `reports`: settles, reports and completes gates by what records say now. */
export function makeFollowUp(deps: FollowUpFunctionDeps): StorageQueueHandler {
  // Several deployments of one gate may end in the same moment: its task is told once.
  const shareLooks = shareRuns();
  return async (message, context) => {
    const log = logOf(context);
    const run = async (body: unknown): Promise<void> => {
      const parsed = effectJobSchema.safeParse(body);
      if (!parsed.success) throw new Failure('message-malformed', 'The message names neither records nor gates.');
      const { updates, gates } = parsed.data;
      await runEffects(updates, log, deps);
      for (const gate of gates) await shareLooks(gate, () => lookAtGate(gate, log, deps.gates));
    };
    await workOnMessage(message, { queue: queueNames.reports, run, abandoned: abandonedFollowUp(deps) }, log, deps);
  };
}

/** A gate whose task could not be told for a day is nobody's any more; records keep what they say. */
export function abandonedFollowUp({ gates }: Pick<FollowUpFunctionDeps, 'gates'>): OnAbandoned {
  return async (body) => {
    const parsed = effectJobSchema.safeParse(body);
    for (const gate of parsed.data?.gates ?? []) await abandonGate(gate, gates);
  };
}
