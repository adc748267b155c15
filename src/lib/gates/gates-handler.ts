import { z } from 'zod';
import { shareRuns } from '../async/share-runs.ts';
import { skipInvalid } from '../deployments/skip-invalid.ts';
import { updateIdPattern } from '../model/tag-update.ts';
import { parseBody } from '../work/parse-body.ts';
import type { JobHandler } from '../work/worker.ts';
import { abandonGate } from './end-gate.ts';
import { evaluateGates } from './evaluate-gates.ts';
import type { EvaluateGatesDeps } from './evaluate-gates.ts';

const bodySchema = z.object({ ids: z.array(z.string().regex(updateIdPattern)) });

/** Jobs of the kind `gates`: evaluates gates, and completes the tasks of those that are decided. */
export function makeGatesHandler(deps: EvaluateGatesDeps): JobHandler {
  // Several deployments of one gate can end at the same moment: its task is completed once.
  const share = shareRuns();
  return {
    async run(body, { log }) {
      const { ids } = parseBody(body, bodySchema, 'a list of gates');
      await share(ids.toSorted().join(), () => evaluateGates(ids, log, deps));
    },
    /** Ends gates whose callback failed for a day. */
    async abandoned(body) {
      const parsed = bodySchema.safeParse(body);
      for (const id of parsed.data?.ids ?? []) await skipInvalid(abandonGate(id, deps));
    },
  };
}
