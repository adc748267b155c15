import pLimit from 'p-limit';
import type { Clock } from '../model/clock.ts';
import type { Log } from '../model/log.ts';
import { skipDamaged, skipInvalid } from '../deployments/skip-invalid.ts';
import { Failure } from '../model/failure.ts';
import { applyDecision } from './apply-decision.ts';
import { callBack } from './call-back.ts';
import type { CallBackDeps, DueGate } from './call-back.ts';
import { decideGate } from './decide-gate.ts';
import type { Awaited } from './decide-gate.ts';
import { findAwaited } from './find-awaited.ts';
import type { FindAwaitedDeps } from './find-awaited.ts';
import { findSeen } from './find-seen.ts';
import type { FindSeenDeps } from './find-seen.ts';
import type { Gate } from './gate.ts';
import type { Seen } from './seen.ts';

export interface EvaluateGatesDeps extends FindAwaitedDeps, FindSeenDeps, CallBackDeps {
  readonly now: Clock;
  /** Evaluates gates again without a delay, and not behind the queue. They are stored when this returns. */
  readonly evaluateSoon: (ids: readonly string[]) => Promise<unknown>;
  /** Schedules the next evaluation of gates. */
  readonly evaluateLater: (ids: readonly string[], delaySeconds: number) => Promise<void>;
}

/** The largest clock difference between two instances. */
const clocksApartMs = 60_000;
/** Gates that are read, written or called back at a time. */
const parallelGates = 32;
/** Callbacks begin within this time. With their own time limits, an invocation ends within 30 s. */
const beginCallbacksMs = 4_000;

/**
 * Evaluates gates, appends changes to the logs of their tasks, and completes the tasks of decided gates. Gates with the
 * same question share one search for deployments. A result is stored before the callback; each repeat sends the stored
 * result.
 *
 * @throws {Failure} the first retryable one, after all other gates: if a callback failed, or a newer version of the app wrote
 * a row that a gate needs
 */
export async function evaluateGates(ids: readonly string[], log: Log, deps: EvaluateGatesDeps): Promise<void> {
  const began = performance.now();
  const limit = pLimit(parallelGates);
  const each = <T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> =>
    Promise.all(items.map((item) => limit(() => work(item))));

  let newer: Failure | undefined;
  const unlessNewer = async <T>(work: Promise<T>): Promise<T | undefined> => {
    try {
      return await work;
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'row-newer') throw error;
      newer ??= error;
      return undefined;
    }
  };
  const gates = await each([...new Set(ids)], (id) => unlessNewer(findOpen(id, deps)));
  const due = new Map<string, DueGate>();
  const waits: { readonly id: string; readonly delaySeconds: number }[] = [];
  let open = gates.flatMap((gate) => {
    if (gate?.result) due.set(gate.id, { gate, added: [], isRepeat: true });
    return gate && !gate.result ? [gate] : [];
  });
  // A deployment that changes before the gate has stored its route triggers no evaluation, hence the next round.
  while (open.length > 0) {
    const search = shareSearch(deps);
    const evaluations = await each(open, (gate) => unlessNewer(evaluate(gate, search, deps)));
    open = evaluations.flatMap((evaluation) => {
      const { gate, added = [], isRepeated = false, delaySeconds } = evaluation ?? {};
      if (!gate || gate.ended !== undefined) return [];
      const lines = [...(due.get(gate.id)?.added ?? []), ...added];
      // The write of a result adds its line: without a line another worker has written it.
      const isRepeat = gate.result !== undefined && added.length === 0;
      if (lines.length > 0 || gate.result) due.set(gate.id, { gate, added: lines, isRepeat });
      if (delaySeconds !== undefined) waits.push({ id: gate.id, delaySeconds });
      return isRepeated ? [gate] : [];
    });
  }
  await evaluateWaiting(waits, deps);

  const late: string[] = [];
  const outcomes = await each([...due.values()], async (one) => {
    if (performance.now() - began > beginCallbacksMs) return void late.push(one.gate.id);
    return callBack(one, log, deps);
  });
  if (late.length > 0) await deps.evaluateSoon(late);
  const failure = outcomes.find((outcome) => outcome !== undefined) ?? newer;
  if (failure) throw failure;
}

interface Evaluation {
  readonly gate: Gate | undefined;
  readonly added: readonly string[];
  /** Another worker was faster, or a route was found. */
  readonly isRepeated: boolean;
  readonly delaySeconds?: number;
}

async function findOpen(id: string, { gates }: EvaluateGatesDeps): Promise<Gate | undefined> {
  const gate = await skipDamaged(gates.find(id));
  if (gate?.ended === undefined) return gate;
  // A worker can have died before it removed the gate from the open ones.
  await gates.update(id, () => undefined);
  return undefined;
}

interface Found {
  readonly awaited: readonly Awaited[];
  readonly seen: readonly Seen[];
}

type Search = (gate: Gate) => Promise<Found>;

/** Gates of one collection with the same selection of deployments share one search. */
function shareSearch(deps: EvaluateGatesDeps): Search {
  const searches = new Map<string, Promise<Found>>();
  const find = async (gate: Gate): Promise<Found> => {
    const awaited = await findAwaited(gate, isOver(gate, deps) ? readingReadable(deps) : readingAll(deps));
    return { awaited, seen: await findSeen(gate, awaited, deps) };
  };
  return (gate) => {
    const { environment, routes, selector } = gate.question;
    const key = JSON.stringify([gate.task.collection, environment, routes, selector, isOver(gate, deps)]);
    const search = searches.get(key) ?? find(gate);
    searches.set(key, search);
    return search;
  };
}

function isOver({ endsAt }: Gate, { now }: EvaluateGatesDeps): boolean {
  return Date.parse(endsAt) <= now().getTime();
}

/** A worker of a newer version evaluates a gate whose deployments this one cannot read. */
function readingAll({ index, ...deps }: EvaluateGatesDeps): FindAwaitedDeps {
  return { ...deps, index: { list: (filter, page) => index.list(filter, { ...page, refusesNewer: true }) } };
}

/** A gate ends in time, with what can be read. */
function readingReadable({ store, ...deps }: EvaluateGatesDeps): FindAwaitedDeps {
  const findMark: typeof store.findMark = (key) => skipInvalid(store.findMark(key));
  return { ...deps, store: { allIntents: () => store.allIntents(), findMark } };
}

async function evaluate(gate: Gate, search: Search, deps: EvaluateGatesDeps): Promise<Evaluation> {
  const { awaited, seen } = await search(gate);
  const now = deps.now();
  const isNew = awaited.some(({ deployment }) => gate.reported[deployment.update.id] === undefined);
  const foundAt = isNew ? now.toISOString() : gate.foundAt;
  const times = foundAt === undefined ? {} : { foundAt };
  const decision = decideGate({ ...gate, ...times }, awaited, now.getTime(), seen);
  let added: readonly string[] = [];
  let isOvertaken = false;
  const next = await deps.gates.update(gate.id, (current) => {
    added = [];
    if (!current || current.result || current.ended !== undefined) return undefined;
    // Another worker has found a deployment that this decision does not include.
    isOvertaken = current.foundAt !== gate.foundAt;
    if (isOvertaken) return undefined;
    const applied = applyDecision({ ...current, ...times }, awaited, decision, now, seen);
    added = applied.added;
    return applied.isChanged ? applied.gate : undefined;
  });
  const isOpen = next !== undefined && !next.result && next.ended === undefined;
  const isRepeated = isOpen && (isOvertaken || next.found.length > gate.found.length);
  const delay = isOpen && !isRepeated && decision.kind === 'waits' ? delayUntil(gate, decision.until, now) : {};
  return { gate: next, added, isRepeated, ...delay };
}

/** The message for `endsAt` is already queued, but can arrive early by this instance's clock. */
function delayUntil({ endsAt }: Gate, until: number, now: Date): { readonly delaySeconds?: number } {
  const waitMs = until - now.getTime();
  if (until >= Date.parse(endsAt) && waitMs >= clocksApartMs) return {};
  return { delaySeconds: Math.max(1, Math.ceil(waitMs / 1000)) };
}

/** One message for the gates with the same delay. */
async function evaluateWaiting(
  waits: readonly { readonly id: string; readonly delaySeconds: number }[],
  { evaluateLater }: EvaluateGatesDeps,
): Promise<void> {
  const byDelay = new Map<number, string[]>();
  for (const { id, delaySeconds } of waits) {
    const ids = byDelay.get(delaySeconds);
    if (ids) ids.push(id);
    else byDelay.set(delaySeconds, [id]);
  }
  for (const [delaySeconds, ids] of byDelay) await evaluateLater(ids, delaySeconds);
}
