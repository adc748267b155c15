import { parseImageReference } from '../../src/lib/model/image-reference.ts';
import { isReplaced } from '../../src/lib/model/deployment.ts';
import type { Deployment, Mark } from '../../src/lib/model/deployment.ts';
import type { ImageUpdate } from '../../src/lib/model/trailers.ts';
import type { HistoryCommit } from './history.ts';
import { firstValue, personsValue } from './scenario.ts';
import type { AskedUpdate, Scenario } from './scenario.ts';
import { sameValue, slots } from './slots.ts';
import type { Kind, Slot, Value } from './slots.ts';

/** What is left when everything has come to rest: Git and the store. */
export interface Aftermath {
  readonly histories: ReadonlyMap<string, readonly HistoryCommit[]>;
  /** By id of the update. */
  readonly records: ReadonlyMap<string, Deployment | undefined>;
  readonly findMark: (route: string, environment: string) => Mark | undefined;
}

export interface Violation {
  readonly promise: 'P1' | 'P2' | 'P3' | 'P4' | 'P7' | 'mark' | 'linear';
  readonly text: string;
  /** The update that it is about. */
  readonly id?: string;
  readonly branch: string;
}

/** Where a value stands in the order of its policy. */
interface Place {
  readonly rank: number;
  readonly pushedAt: number;
}

/** Checks every promise of delivery, from what is in Git and in the store alone. */
export function findViolations(scenario: Scenario, aftermath: Aftermath): Violation[] {
  return scenario.branches.flatMap((branch) => {
    const history = aftermath.histories.get(branch) ?? [];
    const updates = scenario.updates.filter(({ push }) => push.branch === branch);
    const byId = new Map(updates.map((update) => [update.id, update]));
    return [
      ...shapeViolations(branch, history),
      ...twiceViolations(branch, history),
      ...recordViolations(branch, history, updates, aftermath),
      ...slots.flatMap((slot) => {
        const asked = updates.filter((update) => update.slot === slot);
        return slotViolations(branch, slot, history, asked, byId, aftermath);
      }),
    ];
  });
}

/** P2: no commit is empty. History is linear. */
function shapeViolations(branch: string, history: readonly HistoryCommit[]): Violation[] {
  return history.slice(1).flatMap((commit, index): Violation[] => {
    const before = history[index];
    if (commit.parents.length !== 1 || commit.parents[0] !== before?.id)
      return [{ promise: 'linear', branch, text: `${commit.id} has the parents ${commit.parents.join(', ')}` }];
    return commit.tree === before?.tree ? [{ promise: 'P2', branch, text: `${commit.id} is empty` }] : [];
  });
}

/** P2: nothing is committed twice. */
function twiceViolations(branch: string, history: readonly HistoryCommit[]): Violation[] {
  const commitOf = new Map<string, string>();
  const violations: Violation[] = [];
  for (const commit of history) {
    for (const { id } of commit.trailers) {
      const first = commitOf.get(id);
      if (first !== undefined)
        violations.push({ promise: 'P2', branch, id, text: `committed by ${first} and ${commit.id}` });
      commitOf.set(id, commit.id);
    }
  }
  return violations;
}

/** P1: every update has ended. P7: what is in history is recorded at that commit, and the other way round. */
function recordViolations(
  branch: string,
  history: readonly HistoryCommit[],
  updates: readonly AskedUpdate[],
  { records }: Aftermath,
): Violation[] {
  const commitOf = new Map(history.flatMap((commit) => commit.trailers.map(({ id }) => [id, commit] as const)));
  return updates.flatMap(({ id, slot, push }): Violation[] => {
    const record = records.get(id);
    const violation = (promise: Violation['promise'], text: string): Violation[] => [{ promise, branch, id, text }];
    if (!record) return violation('P1', `no record of ${push.tag} for ${slot.name}`);
    const own = commitOf.get(id);
    if (own && record.state !== 'committed')
      return violation('P7', `${own.id} delivers it, its record says ${record.state}`);
    if (own && record.commit !== own.id)
      return violation('P7', `${own.id} delivers it, its record says ${record.commit}`);
    if (isReplaced(record)) return [];
    if (record.state !== 'committed')
      return violation('P1', `ended ${record.state} ${record.code ?? ''} ${record.reason ?? ''}`);
    const at = history.findIndex((commit) => commit.id === record.commit);
    if (at < 0) return violation('P7', `recorded at ${record.commit}, which is not in history`);
    const holds = (commit: HistoryCommit | undefined): boolean =>
      sameValue(commit?.values.get(slot.name), valueOf(slot.kind, push));
    if (!holds(history[at]) || holds(history[at - 1]))
      return violation('P7', `recorded at ${record.commit}, which did not put it there`);
    return [];
  });
}

/** P1, P3, P4 and the mark of one environment of one image. */
function slotViolations(
  branch: string,
  slot: Slot,
  history: readonly HistoryCommit[],
  asked: readonly AskedUpdate[],
  byId: ReadonlyMap<string, AskedUpdate>,
  { records, findMark }: Aftermath,
): Violation[] {
  const violations: Violation[] = [];
  const report = (promise: Violation['promise'], text: string, id?: string): void => {
    violations.push({ promise, branch, text: `${slot.name}: ${text}`, ...(id === undefined ? {} : { id }) });
  };
  const placeOf = places(slot.kind, asked);
  const held = history.map(({ values }) => values.get(slot.name));
  let highest: Value | undefined;
  for (const [index, commit] of history.entries()) {
    const value = held[index];
    const before = held[index - 1];
    const trailer = commit.trailers.find(({ id }) => byId.get(id)?.slot === slot);
    if (index === 0 || !trailer) {
      if (index > 0 && commit.trailers.length > 0 && !sameValue(value, before))
        report('P2', `${commit.id} changes it without a trailer`);
      continue;
    }
    if (sameValue(value, before)) report('P2', `${commit.id} has a trailer and does not change it`, trailer.id);
    if (!sameValue(value, valueOf(slot.kind, parseValue(trailer))))
      report('P2', `${commit.id} sets another value than its trailer says`, trailer.id);
    if (!isNewer(placeOf(value), placeOf(before)))
      report('P4', `${commit.id} goes from ${before?.tag} to ${value?.tag}`, trailer.id);
    if (highest && !isNewer(placeOf(value), placeOf(highest)))
      report('P3', `${commit.id} brings ${value?.tag} after ${highest.tag} was there`, trailer.id);
    highest = value;
  }

  const newest = asked
    .toSorted((a, b) => a.push.rank - b.push.rank || (a.push.pushedAt < b.push.pushedAt ? -1 : 1))
    .at(-1);
  const tip = held.at(-1);
  if (newest && !sameValue(tip, valueOf(slot.kind, newest.push))) {
    // A person's word: the last change is by hand, and what was asked for, or something newer, had been there before it.
    const changedAt = held.findLastIndex((value, index) => !sameValue(value, held[index - 1]));
    const byHand = (history[changedAt]?.trailers.length ?? 0) === 0 && changedAt > 0;
    const wanted = placeOf(newest.push);
    const hadIt = held.slice(0, changedAt + 1).some((value) => !isNewer(wanted, placeOf(value)));
    if (!byHand || !hadIt) report('P1', `holds ${tip?.tag}, the newest is ${newest.push.tag}`, newest.id);
  }
  for (const { id, push } of asked) {
    const record = records.get(id);
    if (!record || !isReplaced(record)) continue;
    if (!held.some((value) => !sameValue(value, valueOf(slot.kind, push)) && !isNewer(placeOf(push), placeOf(value))))
      report('P1', `${push.tag} is superseded, and nothing newer was ever there`, id);
  }
  violations.push(...markViolations(branch, slot, asked, placeOf, { records, findMark }));
  return violations;
}

/** The mark is the highest that was ever committed. */
function markViolations(
  branch: string,
  slot: Slot,
  asked: readonly AskedUpdate[],
  placeOf: (value: Value | undefined) => Place | undefined,
  { records, findMark }: Pick<Aftermath, 'records' | 'findMark'>,
): Violation[] {
  const committed = asked.filter(({ id }) => records.get(id)?.state === 'committed');
  const highest = committed.reduce<AskedUpdate | undefined>(
    (best, next) => (best && !isNewer(placeOf(next.push), placeOf(best.push)) ? best : next),
    undefined,
  );
  const mark = findMark(`${slot.kind}/${branch}`, slot.environment);
  const says = mark && {
    tag: mark.tag,
    ...(mark.digest === undefined || slot.kind !== 'pinned' ? {} : { digest: mark.digest }),
  };
  if (sameValue(says, highest && valueOf(slot.kind, highest.push))) return [];
  const id = highest?.id;
  const text = `${slot.name}: the mark says ${mark?.tag}, the highest that was committed is ${highest?.push.tag}`;
  return [{ promise: 'mark', branch, text, ...(id === undefined ? {} : { id }) }];
}

/** Where each value of a slot stands that was ever pushed or written by hand; nowhere where the policy cannot say. */
function places(kind: Kind, asked: readonly AskedUpdate[]): (value: Value | undefined) => Place | undefined {
  const key = (value: Value): string => `${value.tag}@${kind === 'pinned' ? value.digest : ''}`;
  const known = new Map(asked.map(({ push }) => [key(push), { rank: push.rank, pushedAt: Date.parse(push.pushedAt) }]));
  // `newest` knows no time of what was never pushed.
  if (kind !== 'newest') {
    known.set(key(firstValue(kind)), { rank: 0, pushedAt: 0 });
    known.set(key(personsValue(kind, 'newer')), { rank: 1_000_000, pushedAt: 0 });
  }
  return (value) => value && known.get(key(value));
}

/** A value that the policy cannot place counts as older. */
function isNewer(a: Place | undefined, b: Place | undefined): boolean {
  if (!a) return false;
  if (!b) return true;
  return a.rank > b.rank || (a.rank === b.rank && a.pushedAt > b.pushedAt);
}

/** What an image puts into a slot. */
function valueOf(kind: Kind, { tag, digest }: Value): Value {
  return kind === 'pinned' && digest !== undefined ? { tag, digest } : { tag };
}

function parseValue({ image }: ImageUpdate): Value {
  const reference = parseImageReference(image);
  if (reference?.tag === undefined) throw new Error(`a trailer names no image with a tag: ${image}`);
  return { tag: reference.tag, ...(reference.digest === undefined ? {} : { digest: reference.digest }) };
}
