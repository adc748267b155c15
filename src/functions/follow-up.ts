import type { StorageQueueHandler } from '@azure/functions';
import { queueNames } from '../lib/storage/queues.ts';
import { runEffects } from '../lib/effects/run-effects.ts';
import type { RunEffectsDeps } from '../lib/effects/run-effects.ts';
import { effectJobSchema } from '../lib/effects/effect-jobs.ts';
import { Failure } from '../lib/model/failure.ts';
import { workOnMessage } from '../lib/work/queue-work.ts';
import { abandonGate } from '../lib/gates/end-gate.ts';
import { evaluateGates } from '../lib/gates/evaluate-gates.ts';
import type { EvaluateGatesDeps } from '../lib/gates/evaluate-gates.ts';
import { shareRuns } from '../lib/async/share-runs.ts';
import type { OnAbandoned, QueueWorkDeps } from '../lib/work/queue-work.ts';
import { logOf } from './log.ts';

export interface FollowUpFunctionDeps extends RunEffectsDeps, QueueWorkDeps {
  readonly gates: EvaluateGatesDeps;
}

/** Queue `reports`: settles, reports and completes gates by the current records. */
export function makeFollowUp(deps: FollowUpFunctionDeps): StorageQueueHandler {
  // Several deployments of one gate can end at the same moment: its task is completed once.
  const shareEvaluations = shareRuns();
  return async (message, context) => {
    const log = logOf(context);
    const run = async (body: unknown): Promise<void> => {
      const parsed = effectJobSchema.safeParse(body);
      if (!parsed.success) throw new Failure('message-malformed', 'The message has neither records nor gates.');
      const { updates, gates } = parsed.data;
      await runEffects(updates, log, deps);
      if (gates.length === 0) return;
      await shareEvaluations(gates.toSorted().join(), () => evaluateGates(gates, log, deps.gates));
    };
    await workOnMessage(message, { queue: queueNames.reports, run, abandoned: abandonedFollowUp(deps) }, log, deps);
  };
}

/** Ends gates whose callback failed for a day; records stay unchanged. */
export function abandonedFollowUp({ gates }: Pick<FollowUpFunctionDeps, 'gates'>): OnAbandoned {
  return async (body) => {
    const parsed = effectJobSchema.safeParse(body);
    for (const gate of parsed.data?.gates ?? []) await abandonGate(gate, gates);
  };
}
