import type { Clock } from '../model/clock.ts';
import { Failure } from '../model/failure.ts';
import type { Log } from '../model/log.ts';
import { decideGate } from './decide-gate.ts';
import type { GateDecision } from './decide-gate.ts';
import { findAwaited } from './find-awaited.ts';
import type { FindAwaitedDeps } from './find-awaited.ts';
import type { Gate } from './gate.ts';
import { keepLines, newLines, stamp } from './gate-lines.ts';
import type { GateStore } from './gate-store.ts';
import type { PipelineCallback } from './pipeline-callback.ts';
import type { TokenCipher } from './token-cipher.ts';

export interface EvaluateGateDeps extends FindAwaitedDeps {
  readonly gates: GateStore;
  /** Absent if `GATE_TOKEN_KEY` is not set: tasks cannot be called back. */
  readonly cipher: TokenCipher | undefined;
  readonly callback: PipelineCallback;
  readonly now: Clock;
  /** Schedules the next evaluation of the gate. */
  readonly evaluateLater: (id: string, delaySeconds: number) => Promise<void>;
}

/** The largest clock difference between two instances. */
const clocksApartMs = 60_000;

/**
 * Evaluates a gate, appends changes to its task's log, and completes the task once the gate is decided. The result is
 * stored before the callback; each repeat sends the stored result.
 *
 * @throws {Failure} retryable, if the callback failed
 */
export async function evaluateGate(id: string, log: Log, deps: EvaluateGateDeps): Promise<void> {
  const gate = await deps.gates.find(id);
  if (!gate) return;
  if (gate.ended !== undefined) {
    await deps.gates.update(id, () => undefined);
    return;
  }
  const decided = gate.result ? gate : await evaluateUntilStable(gate, log, deps);
  if (decided?.result && decided.ended === undefined) await complete({ ...decided, result: decided.result }, log, deps);
}

/**
 * Repeats until an evaluation finds no new route: a deployment that changes before the gate has stored its route triggers
 * no evaluation.
 */
async function evaluateUntilStable(gate: Gate, log: Log, deps: EvaluateGateDeps): Promise<Gate | undefined> {
  for (let known = gate; ;) {
    const { next, decision, isOvertaken } = await evaluateOnce(known, log, deps);
    if (!next || next.result || next.ended !== undefined) return next;
    if (isOvertaken || next.found.length > known.found.length) {
      known = next;
      continue;
    }
    if (decision.kind === 'waits') await scheduleNext(gate, decision.until, deps);
    return next;
  }
}

/** The message for `endsAt` is already queued, but can arrive early by this instance's clock. */
async function scheduleNext(
  { id, endsAt }: Gate,
  until: number,
  { now, evaluateLater }: EvaluateGateDeps,
): Promise<void> {
  const waitMs = until - now().getTime();
  if (until < Date.parse(endsAt) || waitMs < clocksApartMs)
    await evaluateLater(id, Math.max(1, Math.ceil(waitMs / 1000)));
}

async function evaluateOnce(
  gate: Gate,
  log: Log,
  deps: EvaluateGateDeps,
): Promise<{ readonly next: Gate | undefined; readonly decision: GateDecision; readonly isOvertaken: boolean }> {
  const awaited = await findAwaited(gate, deps);
  const now = deps.now();
  const isNew = awaited.some(({ deployment }) => gate.reported[deployment.update.id] === undefined);
  const foundAt = isNew ? now.toISOString() : gate.foundAt;
  const times = foundAt === undefined ? {} : { foundAt };
  const decision = decideGate({ ...gate, ...times }, awaited, now.getTime());
  const reported = awaited.flatMap(({ deployment, newer }) => (newer ? [deployment, newer.deployment] : [deployment]));
  let added: readonly string[] = [];
  let isOvertaken = false;
  const next = await deps.gates.update(gate.id, (current) => {
    added = [];
    if (!current || current.result || current.ended !== undefined) return undefined;
    // Another worker has found a deployment that this decision does not include.
    isOvertaken = current.foundAt !== gate.foundAt;
    if (isOvertaken) return undefined;
    const found = [...new Set([...current.found, ...reported.map(({ update }) => update.route)])];
    const news = newLines(current.reported, reported, now);
    added = news.lines;
    if (decision.kind === 'decided') {
      added = [...added, stamp(`${decision.succeeded ? 'Succeeded' : 'Failed'}: ${decision.text}`, now)];
    }
    const isKnown = added.length === 0 && found.length === current.found.length;
    if (isKnown) return undefined;
    const lines = keepLines([...current.lines, ...added]);
    const at = now.toISOString();
    const result = decision.kind === 'decided' && {
      result: { succeeded: decision.succeeded, text: decision.text, at },
    };
    return { ...current, ...times, found, reported: news.reported, lines, ...result };
  });
  if (added.length > 0) await appendLines(gate, added, log, deps);
  return { next, decision, isOvertaken };
}

/** Live lines are best effort: the log at the end has all of them. */
async function appendLines(gate: Gate, lines: readonly string[], log: Log, deps: EvaluateGateDeps): Promise<void> {
  const token = gate.token === undefined ? undefined : deps.cipher?.decrypt(gate.token, gate.id);
  if (token === undefined) return;
  try {
    await deps.callback.appendLines(gate.task, token, lines);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    log('warn', 'gate-lines-not-shown', { gate: gate.id, code: error.code, reason: error.message });
  }
}

async function complete(
  gate: Gate & { readonly result: NonNullable<Gate['result']> },
  log: Log,
  deps: EvaluateGateDeps,
): Promise<void> {
  const { id, task, result, lines } = gate;
  const fields = {
    gate: id,
    environment: gate.question.environment,
    result: result.succeeded ? 'succeeded' : 'failed',
  };
  const token = gate.token === undefined ? undefined : deps.cipher?.decrypt(gate.token, id);
  if (token === undefined) {
    log('error', 'gate-lost', { ...fields, reason: 'no key of GATE_TOKEN_KEY opens its token' });
    await end(id, 'lost', deps);
    return;
  }
  try {
    await uploadLog(gate, token, lines, log, deps);
    await deps.callback.complete(task, token, result.succeeded);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.kind === 'retryable') throw error;
    // Another worker can have completed the task a moment before.
    if (error.code === 'plan-ended' && (await deps.gates.find(id))?.ended !== undefined) return;
    log(error.code === 'plan-ended' ? 'info' : 'error', 'gate-lost', {
      ...fields,
      code: error.code,
      reason: error.message,
    });
    await end(id, 'lost', deps);
    return;
  }
  await end(id, 'completed', deps);
  log('info', 'gate-completed', { ...fields, reason: result.text });
}

async function uploadLog(
  gate: Gate,
  token: string,
  lines: readonly string[],
  log: Log,
  deps: EvaluateGateDeps,
): Promise<void> {
  try {
    await deps.callback.uploadLog(gate.task, token, lines);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.code === 'plan-ended') throw error;
    log('warn', 'gate-log-not-kept', { gate: gate.id, code: error.code, reason: error.message });
  }
}

/** Ends a gate whose callback failed for a day. An undecided gate stays open: a message for `endsAt` is queued. */
export async function abandonGate(id: string, { gates, now }: Pick<EvaluateGateDeps, 'gates' | 'now'>): Promise<void> {
  const gate = await gates.find(id);
  if (gate && (gate.result ?? Date.parse(gate.endsAt) <= now().getTime())) await end(id, 'lost', { gates });
}

async function end(id: string, ended: 'completed' | 'lost', { gates }: Pick<EvaluateGateDeps, 'gates'>): Promise<void> {
  await gates.update(id, (current) => {
    if (!current) return undefined;
    if (current.ended !== undefined) return undefined;
    const { token: _token, ...rest } = current;
    return { ...rest, ended };
  });
}
