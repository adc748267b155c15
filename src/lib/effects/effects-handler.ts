import { parseBody } from '../work/parse-body.ts';
import type { JobHandler, Worker } from '../work/worker.ts';
import { effectJobSchema } from './effect-jobs.ts';
import { runEffects } from './run-effects.ts';
import type { RunEffectsDeps } from './run-effects.ts';

/** Jobs of the kind `effects`: runs the effects of changed records. Of several, each is retried alone. */
export function makeEffectsHandler(deps: RunEffectsDeps & { readonly worker: Pick<Worker, 'run'> }): JobHandler {
  return {
    async run(body, { log }) {
      const { updates } = parseBody(body, effectJobSchema, 'a list of records');
      if (updates.length <= 1) return runEffects(updates, log, deps);
      await Promise.all(updates.map((key) => deps.worker.run({ kind: 'effects', body: { updates: [key] } }, log)));
    },
  };
}
