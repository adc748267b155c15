import { makeHasRecord } from '../lib/deployments/record-images.ts';
import { makeGateStore } from '../lib/gates/gate-store.ts';
import type { EvaluateGatesDeps } from '../lib/gates/evaluate-gates.ts';
import type { PipelineCallback } from '../lib/gates/pipeline-callback.ts';
import { makeTokenCipher } from '../lib/gates/token-cipher.ts';
import { makeVerifyToken } from '../lib/net/entra-token.ts';
import type { Settings } from '../lib/settings/settings.ts';
import type { StartPromptJob } from '../lib/work/prompt-jobs.ts';
import { isShortDelay } from '../lib/work/send-later.ts';
import type { Machine } from './machine.ts';
import type { Stores } from './stores.ts';

export interface GateParts extends Pick<EvaluateGatesDeps, 'findEnvironment' | 'routes'> {
  readonly settings: Settings;
  readonly stores: Pick<Stores, 'rows' | 'store' | 'index' | 'missed' | 'sendLater'>;
  readonly pipelines: PipelineCallback;
  readonly machine: Pick<Machine, 'now'>;
  readonly start: StartPromptJob;
}

/** Gates: their store, the tokens of their jobs, and the calls back to their pipelines. */
export function makeAppGates({ settings, stores, findEnvironment, routes, pipelines, machine, start }: GateParts) {
  const { rows, store, index, missed, sendLater } = stores;
  const { now } = machine;
  const { signIn } = settings.gates;
  const [firstKey, ...olderKeys] = settings.gates.keys.map((key) => Buffer.from(key));
  const deps = {
    gates: makeGateStore(rows),
    /** Absent if `GATE_TOKEN_KEY` is not set. */
    cipher: firstKey && makeTokenCipher([firstKey, ...olderKeys]),
    now,
  };
  const evaluation: EvaluateGatesDeps = {
    ...deps,
    index,
    store,
    missed,
    routes,
    hasRecord: makeHasRecord(rows),
    findEnvironment,
    callback: pipelines,
    evaluateSoon: (ids) => start({ kind: 'gates', body: { ids } }),
    async evaluateLater(ids, delaySeconds) {
      if (isShortDelay(delaySeconds)) return sendLater('', { kind: 'gates', body: { ids } }, delaySeconds);
      // The row for the end of a gate has another key.
      for (const id of ids) await sendLater(`gate ${id}`, { kind: 'gates', body: { ids: [id] } }, delaySeconds);
    },
  };
  const verify = signIn && makeVerifyToken(signIn, { now });
  return { deps, evaluation, ...(verify && { verify }) };
}
