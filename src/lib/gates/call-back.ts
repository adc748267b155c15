import { Failure } from '../model/failure.ts';
import type { Log } from '../model/log.ts';
import { endGate } from './end-gate.ts';
import type { Gate } from './gate.ts';
import type { GateStore } from './gate-store.ts';
import type { PipelineCallback } from './pipeline-callback.ts';
import type { TokenCipher } from './token-cipher.ts';

export interface CallBackDeps {
  readonly gates: GateStore;
  /** Absent if `GATE_TOKEN_KEY` is not set: tasks cannot be called back. */
  readonly cipher: TokenCipher | undefined;
  readonly callback: PipelineCallback;
}

/** A gate with lines to append or a result to send. */
export interface DueGate {
  readonly gate: Gate;
  readonly added: readonly string[];
  /** The result was stored before: an earlier call can have completed the task. */
  readonly isRepeat: boolean;
}

/**
 * Calls the task of a gate: appends lines to its live output and, if the gate has a result, completes it.
 *
 * @returns the retryable failure, after which the callback has to be repeated
 */
export async function callBack(
  { gate, added, isRepeat }: DueGate,
  log: Log,
  deps: CallBackDeps,
): Promise<Failure | undefined> {
  const { id, result } = gate;
  const token = gate.token === undefined ? undefined : deps.cipher?.decrypt(gate.token, id);
  if (token !== undefined && added.length > 0) {
    // Live lines are best effort: the log at the end has all of them.
    await logFailure('gate-lines-not-shown', id, log, () => deps.callback.appendLines(gate.task, token, added));
  }
  return result && complete({ ...gate, result }, { token, isRepeat }, log, deps);
}

async function complete(
  gate: Gate & { readonly result: NonNullable<Gate['result']> },
  { token, isRepeat }: { readonly token: string | undefined; readonly isRepeat: boolean },
  log: Log,
  deps: CallBackDeps,
): Promise<Failure | undefined> {
  const { id, task, result, lines } = gate;
  const fields = {
    gate: id,
    environment: gate.question.environment,
    result: result.succeeded ? 'succeeded' : 'failed',
  };
  if (token === undefined) {
    log('error', 'gate-lost', { ...fields, reason: 'no key of GATE_TOKEN_KEY opens its token' });
    await endGate(id, 'lost', deps);
    return undefined;
  }
  await logFailure('gate-log-not-kept', id, log, () => deps.callback.uploadLog(task, token, lines));
  try {
    await deps.callback.complete(task, token, result.succeeded);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.kind === 'retryable') return error;
    if (error.code === 'plan-ended' && isRepeat) {
      // An earlier call completed the task; its answer, or the write after it, was lost.
      await endGate(id, 'completed', deps);
      log('info', 'gate-completed', { ...fields, code: error.code, reason: result.text });
      return undefined;
    }
    log(error.code === 'plan-ended' ? 'info' : 'error', 'gate-lost', {
      ...fields,
      code: error.code,
      reason: error.message,
    });
    await endGate(id, 'lost', deps);
    return undefined;
  }
  await endGate(id, 'completed', deps);
  log('info', 'gate-completed', { ...fields, reason: result.text });
  return undefined;
}

/** No answer to lines or log prevents the completion of the task. */
async function logFailure(event: string, gate: string, log: Log, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const code = error instanceof Failure ? error.code : 'unexpected';
    log('warn', event, { gate, code, reason: error instanceof Error ? error.message : String(error) });
  }
}
