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
import type { TaskCallback } from './pipeline-callback.ts';
import type { TokenBox } from './token-cipher.ts';

export interface LookAtGateDeps extends FindAwaitedDeps {
  readonly gates: GateStore;
  /** Absent where `GATE_TOKEN_KEY` is not set (any more): nobody can be told. */
  readonly box: TokenBox | undefined;
  readonly callback: TaskCallback;
  readonly now: Clock;
  /** Has the gate looked at again after so many seconds. */
  readonly lookLater: (id: string, delaySeconds: number) => Promise<void>;
}

/** Clocks of two machines are apart by no more. */
const clocksApartMs = 60_000;

/**
 * Looks whether a gate can be decided, says in its task's log what is new, and tells the task when it is. The result is
 * stored before the task is told; every repeat tells that one.
 *
 * @throws {Failure} retryable ones, where the task could not be told
 */
export async function lookAtGate(id: string, log: Log, deps: LookAtGateDeps): Promise<void> {
  const gate = await deps.gates.find(id);
  if (!gate) return;
  if (gate.ended !== undefined) {
    await deps.gates.update(id, () => undefined);
    return;
  }
  const looked = gate.result ? gate : await look(gate, log, deps);
  if (looked?.result && looked.ended === undefined) await tell({ ...looked, result: looked.result }, log, deps);
}

/**
 * Looks until nothing is found that was not known to be: what changed before that was written down had nobody look at the
 * gate.
 */
async function look(gate: Gate, log: Log, deps: LookAtGateDeps): Promise<Gate | undefined> {
  for (let known = gate; ;) {
    const { next, decision, isOvertaken } = await lookOnce(known, log, deps);
    if (!next || next.result || next.ended !== undefined) return next;
    if (isOvertaken || next.found.length > known.found.length) {
      known = next;
      continue;
    }
    if (decision.kind === 'waits') await comeBack(gate, decision.until, deps);
    return next;
  }
}

/** The message of the end is on its way; it may come too early by this clock, which others' clocks may be ahead of. */
async function comeBack({ id, endsAt }: Gate, until: number, { now, lookLater }: LookAtGateDeps): Promise<void> {
  const waitMs = until - now().getTime();
  if (until < Date.parse(endsAt) || waitMs < clocksApartMs) await lookLater(id, Math.max(1, Math.ceil(waitMs / 1000)));
}

async function lookOnce(
  gate: Gate,
  log: Log,
  deps: LookAtGateDeps,
): Promise<{ readonly next: Gate | undefined; readonly decision: GateDecision; readonly isOvertaken: boolean }> {
  const awaited = await findAwaited(gate, deps);
  const now = deps.now();
  const isNew = awaited.some(({ deployment }) => gate.said[deployment.update.id] === undefined);
  const foundAt = isNew ? now.toISOString() : gate.foundAt;
  const times = foundAt === undefined ? {} : { foundAt };
  const decision = decideGate({ ...gate, ...times }, awaited, now.getTime());
  const shown = awaited.flatMap(({ deployment, newer }) => (newer ? [deployment, newer.deployment] : [deployment]));
  let added: readonly string[] = [];
  let isOvertaken = false;
  const next = await deps.gates.update(gate.id, (current) => {
    added = [];
    if (!current || current.result || current.ended !== undefined) return undefined;
    // Another worker has found something: what this one would decide knows nothing of it.
    isOvertaken = current.foundAt !== gate.foundAt;
    if (isOvertaken) return undefined;
    const found = [...new Set([...current.found, ...shown.map(({ update }) => update.route)])];
    const news = newLines(current.said, shown, now);
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
    return { ...current, ...times, found, said: news.said, lines, ...result };
  });
  if (added.length > 0) await show(gate, added, log, deps);
  return { next, decision, isOvertaken };
}

/** Live lines are a service: what could not be shown stands in the log at the end. */
async function show(gate: Gate, lines: readonly string[], log: Log, deps: LookAtGateDeps): Promise<void> {
  const token = gate.token === undefined ? undefined : deps.box?.open(gate.token, gate.id);
  if (token === undefined) return;
  try {
    await deps.callback.show(gate.task, token, lines);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    log('warn', 'gate-lines-not-shown', { gate: gate.id, code: error.code, reason: error.message });
  }
}

async function tell(
  gate: Gate & { readonly result: NonNullable<Gate['result']> },
  log: Log,
  deps: LookAtGateDeps,
): Promise<void> {
  const { id, task, result, lines } = gate;
  const fields = {
    gate: id,
    environment: gate.question.environment,
    result: result.succeeded ? 'succeeded' : 'failed',
  };
  const token = gate.token === undefined ? undefined : deps.box?.open(gate.token, id);
  if (token === undefined) {
    log('error', 'gate-lost', { ...fields, reason: 'no key of GATE_TOKEN_KEY opens its token' });
    await end(id, 'lost', deps);
    return;
  }
  try {
    await keepLog(gate, token, lines, log, deps);
    await deps.callback.complete(task, token, result.succeeded);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.kind === 'retryable') throw error;
    // Another worker may have told it the same, just before.
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

async function keepLog(
  gate: Gate,
  token: string,
  lines: readonly string[],
  log: Log,
  deps: LookAtGateDeps,
): Promise<void> {
  try {
    await deps.callback.keepLog(gate.task, token, lines);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.code === 'plan-ended') throw error;
    log('warn', 'gate-log-not-kept', { gate: gate.id, code: error.code, reason: error.message });
  }
}

/**
 * Gives a gate up whose task could not be told for a day. One that is not decided is looked at again, at its end at the
 * latest.
 */
export async function abandonGate(id: string, { gates, now }: Pick<LookAtGateDeps, 'gates' | 'now'>): Promise<void> {
  const gate = await gates.find(id);
  if (gate && (gate.result ?? Date.parse(gate.endsAt) <= now().getTime())) await end(id, 'lost', { gates });
}

async function end(id: string, ended: 'completed' | 'lost', { gates }: Pick<LookAtGateDeps, 'gates'>): Promise<void> {
  await gates.update(id, (current) => {
    if (!current) return undefined;
    if (current.ended !== undefined) return undefined;
    const { token: _token, ...rest } = current;
    return { ...rest, ended };
  });
}
