import { isState } from '../../../src/lib/model/deployment-states.ts';
import type { Deployment } from '../../../src/lib/model/deployment.ts';
import { isAutomaticRollback, isRollback, passesWindows } from '../../../src/lib/model/tag-update.ts';
import { parseImageReference } from '../../../src/lib/model/image-reference.ts';
import { sameValue } from '../slots.ts';
import type { Value } from '../slots.ts';
import type { SentResult } from './argo-cd.ts';
import type { ChainChange, ChainHistory } from './history.ts';
import { routeOf, sourceOf } from './routes.ts';

/** Git, the store and Argo CD, when everything has come to rest. */
export interface ChainAftermath {
  readonly histories: readonly ChainHistory[];
  /** All records of the promoted images. */
  readonly records: readonly Deployment[];
  /** The keys of the jobs that are due later. */
  readonly due: readonly string[];
  readonly sent: readonly SentResult[];
  /** The ids of the orders that the app accepted. */
  readonly ordered: readonly string[];
}

export interface ChainViolation {
  readonly promise: 'P1' | 'P2' | 'P4' | 'P7' | 'P10' | 'P11' | 'P12' | 'P13';
  readonly branch: string;
  readonly text: string;
  readonly id?: string;
}

/** Results that were accepted this long before a commit were known to its plan. */
const knownAfterMs = 20_000;
/** Git keeps whole seconds. */
const secondMs = 1_000;

/** Checks what is promised of promotions and rollbacks. */
export function findChainViolations(aftermath: ChainAftermath): ChainViolation[] {
  const byId = new Map(aftermath.records.map((record) => [record.update.id, record]));
  return [
    ...recordViolations(aftermath, byId),
    ...aftermath.histories.flatMap((history) => [
      ...history.changes.flatMap((change) => changeViolations(change, history, byId, aftermath)),
      ...orderViolations(history, byId),
      ...deliveredViolations(history, aftermath),
    ]),
  ];
}

type ById = ReadonlyMap<string, Deployment>;

/** P1: every record ends, or says what it waits for and has a job that is due. Each accepted order has its record. */
function recordViolations({ records, due, ordered }: ChainAftermath, byId: ById): ChainViolation[] {
  const lost = ordered.filter((id) => !byId.has(id));
  return [
    ...lost.map((id): ChainViolation => ({ promise: 'P1', branch: '', id, text: 'was ordered, and has no record' })),
    ...records.flatMap(({ update, state, reason, heldUntil, recovery }): ChainViolation[] => {
      const { id, route, environment, image } = update;
      const report = (promise: ChainViolation['promise'], text: string): ChainViolation[] => [
        { promise, branch: route, id, text: `${image.tag} in ${environment} is ${state}${text}: ${reason}` },
      ];
      if (state === 'abandoned') return report('P1', '');
      const isDue = due.some((key) => key.includes(id));
      if (state === 'queued' && !(isDue && heldUntil !== undefined && reason !== undefined)) {
        return report('P1', ' and waits for nothing');
      }
      const isDecided = recovery !== undefined && !recovery.includes('is decided');
      if (isState(state, 'settling') && isState(state, 'failing') && !isRollback(update) && !isDecided) {
        return report('P12', ` and does not say why it was not rolled back (${recovery})`);
      }
      return [];
    }),
  ];
}

/** Each change is by a recorded update, of an image that was healthy where it comes from. */
function changeViolations(
  { commit, at, before, value, trailer }: ChainChange,
  { branch, environment }: ChainHistory,
  byId: ById,
  { sent }: ChainAftermath,
): ChainViolation[] {
  const violations: ChainViolation[] = [];
  const id = trailer?.id;
  const report = (promise: ChainViolation['promise'], text: string): void =>
    void violations.push({
      promise,
      branch,
      text: `${environment}: ${commit} brings ${value.tag}: ${text}`,
      ...(id !== undefined && { id }),
    });
  const record = id === undefined ? undefined : byId.get(id);
  if (!trailer || !record) {
    report('P7', trailer ? 'it has no record' : 'it has no trailer');
    return violations;
  }
  if (!sameValue(value, valueOf(trailer.image))) report('P2', `its trailer says ${trailer.image}`);
  if (sameValue(value, before)) report('P2', 'it changes nothing');
  const wasCommitted = isState(record.state, 'committed') || record.state === 'superseded';
  if (!wasCommitted || record.commit !== commit) report('P7', `its record is ${record.state} at ${record.commit}`);
  const { update } = record;
  if (isRollback(update)) return violations;
  const source = sourceOf[environment];
  const isHealthy = sent.some(
    (one) =>
      one.branch === branch &&
      one.environment === source &&
      one.isHealthy &&
      sameValue(one.value, value) &&
      one.sentAt <= at + secondMs,
  );
  if (source !== undefined && !isHealthy) report('P10', `it had not been healthy in ${source}`);
  if (environment === 'prod' && !passesWindows(update)) report('P11', 'the window is closed, and nobody ordered it');
  return violations;
}

/** P4: never backwards, but for rollbacks. P12: a rollback takes back the value that it names, once, to a healthy one. */
function orderViolations({ branch, environment, changes }: ChainHistory, byId: ById): ChainViolation[] {
  const violations: ChainViolation[] = [];
  const reverted = new Set<string>();
  let highest = 0;
  for (const change of changes) {
    const update = change.trailer && byId.get(change.trailer.id)?.update;
    if (!update) continue;
    const { id } = update;
    const report = (promise: ChainViolation['promise'], text: string): void =>
      void violations.push({ promise, branch, id, text: `${environment}: ${change.commit} ${text}` });
    const number = Number(change.value.tag);
    if (update.cause.kind === 'rollback') {
      const { from, of = '', automatic } = update.cause;
      const held = `${change.before.tag}@${change.before.digest}`;
      if (from !== undefined && from !== held) report('P12', `takes back ${held}, and was ordered for ${from}`);
      if (automatic && reverted.has(of)) report('P12', `is the second rollback of ${of}`);
      if (automatic) reverted.add(of);
    } else if (number <= highest) {
      report('P4', `brings ${number} after ${highest}`);
    }
    highest = Math.max(highest, number);
  }
  return violations;
}

/** P13: an image that the source holds and that is healthy there has come, or its record says what it waits for. */
function deliveredViolations(
  { branch, environment, changes }: ChainHistory,
  { histories, records, sent }: ChainAftermath,
): ChainViolation[] {
  const source = sourceOf[environment];
  if (source === undefined) return [];
  const held = histories.find((one) => one.branch === branch && one.environment === source)?.changes.at(-1)?.value;
  const last = sent.findLast((one) => one.branch === branch && one.environment === source);
  if (!held || last?.isHealthy !== true || !sameValue(last.value, held)) return [];
  if (changes.some(({ value }) => sameValue(value, held))) return [];
  const own = records.filter(
    ({ update }) =>
      update.route === routeOf(branch) && update.environment === environment && update.image.digest === held.digest,
  );
  const waits = own.some(({ state }) => state === 'superseded' || (state === 'queued' && environment === 'prod'));
  if (waits) return [];
  const states = own.map(({ state, code, reason }) => `${state} ${code ?? ''} ${reason ?? ''}`).join(', ');
  const text = `${environment}: ${held.tag} is healthy in ${source}, and its record is ${states || 'missing'}`;
  return [{ promise: 'P13', branch, text }];
}

/** P12: an automatic rollback goes to the last value that was healthy before the deployment, over its own value only. */
export function findRollbackViolations({ histories, records, sent }: ChainAftermath): ChainViolation[] {
  const byId = new Map(records.map((record) => [record.update.id, record]));
  return histories.flatMap(({ branch, environment, changes, indexOf }) =>
    changes.flatMap((change, position): ChainViolation[] => {
      const update = change.trailer && byId.get(change.trailer.id)?.update;
      if (!update || !isAutomaticRollback(update) || update.cause.kind !== 'rollback') return [];
      const { of } = update.cause;
      const report = (text: string): ChainViolation[] => [
        {
          promise: 'P12',
          branch,
          id: update.id,
          text: `${environment}: the rollback ${change.commit} of ${of} ${text}`,
        },
      ];
      const last = changes[position - 1];
      if (!last || last.trailer?.id !== of) return report(`takes back ${last?.trailer?.id ?? 'what a person wrote'}`);
      const reverted = byId.get(of ?? '')?.update;
      if (reverted && isRollback(reverted)) return report('takes back a rollback');
      const healthy = sent
        .filter((one) => one.branch === branch && one.environment === environment && one.isHealthy)
        .map(({ revision, value, acceptedAt = Infinity }) => ({ index: indexOf(revision), value, acceptedAt }))
        .filter(({ index, value }) => index >= 0 && index < last.index && !sameValue(value, last.value));
      const target = healthy.filter(({ value }) => sameValue(value, change.value)).map(({ index }) => index);
      if (target.length === 0) return report(`goes to ${change.value.tag}, which was not healthy before`);
      const known = healthy.filter(({ acceptedAt }) => acceptedAt <= change.at - knownAfterMs);
      const newest = Math.max(-1, ...known.map(({ index }) => index));
      if (Math.max(...target) < newest) return report(`goes to ${change.value.tag}, and a later value was healthy`);
      return [];
    }),
  );
}

function valueOf(image: string): Value | undefined {
  const reference = parseImageReference(image);
  if (reference?.tag === undefined) return undefined;
  return { tag: reference.tag, ...(reference.digest !== undefined && { digest: reference.digest }) };
}
