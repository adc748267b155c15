import { atMost } from '../../async/at-most.ts';
import type { Commit, Tip } from '../../git/repository.ts';
import { moveTo, moveToCommitted, placeOf, queued } from '../../model/deployment.ts';
import type { Deployment, Mark } from '../../model/deployment.ts';
import { recordVersion } from '../../model/record-version.ts';
import type { EnvironmentKey } from '../../deployments/store.ts';
import { updateKey } from '../../model/tag-update.ts';
import type { TagUpdate } from '../../model/tag-update.ts';
import { holdsValue } from '../../values/held-value.ts';
import type { ResolvedUpdate } from '../../values/inspect.ts';
import type { DeliverDeps } from '../delivery.ts';
import { raiseMark } from '../marks/raise-mark.ts';
import { markAfter } from '../plan/decide.ts';
import { markOf } from '../record-committed.ts';
import { recordRolledBack } from '../record-rolled-back.ts';
import { provenUpdates } from '../trailers/proven-updates.ts';
import type { ProvenUpdate } from '../trailers/proven-updates.ts';
import type { RestorePlace } from './restore-place.ts';
import { pushTimeOf } from '../trailers/push-time-of.ts';

export interface RestoreDeps extends Pick<DeliverDeps, 'store' | 'now' | 'findEnvironment'> {
  /** Updates whose messages are there: a message proves an id that is not derived from the image. */
  readonly waiting?: readonly TagUpdate[];
  /** When a person last changed the mark, ISO 8601: older commits do not raise it. */
  readonly markChangedAt?: (key: EnvironmentKey) => Promise<string | undefined>;
}

/** An environment by its proven trailers. */
export interface Restored extends EnvironmentKey {
  readonly mark?: Mark & { readonly commit: string };
  /** Records that were missing or not committed. */
  readonly records: number;
}

type Proven = ProvenUpdate & { readonly landed: Commit };

/** Commits whose trailers are proved at a time: each needs two files. */
const provedAtOnce = 8;

/**
 * Restores marks, and records of updates, from the trailers that the diffs of commits prove. A mark only rises, and a
 * record that is there only becomes `committed`.
 *
 * @param commits the oldest first
 * @returns every environment that a proven trailer names
 */
export async function restoreCommits(
  commits: readonly Commit[],
  place: RestorePlace,
  deps: RestoreDeps,
): Promise<readonly Restored[]> {
  const found = await atMost(provedAtOnce, commits, async (landed): Promise<readonly Proven[]> => {
    const proven = await provenUpdates(landed, place.repository, deps);
    return proven.map((one) => Object.assign({}, one, { landed }));
  });
  const byEnvironment = new Map<string, Proven[]>();
  for (const one of found.flat()) {
    const key = updateKey(one.resolved.update);
    byEnvironment.set(key, [...(byEnvironment.get(key) ?? []), one]);
  }
  const restored: Restored[] = [];
  for (const proven of byEnvironment.values()) restored.push(await restoreProven(proven, place, deps));
  return restored;
}

/** @param proven of one environment, the oldest first */
async function restoreProven(proven: readonly Proven[], place: RestorePlace, deps: RestoreDeps): Promise<Restored> {
  const { waiting = [], markChangedAt, store } = deps;
  let records = 0;
  for (const one of proven) {
    const update = one.isOwnId ? one.resolved.update : waiting.find((other) => isNamed(other, one));
    const resolved = update && { ...one.resolved, update };
    if (resolved && (await restoreRecord({ ...one, resolved }, place, deps))) records += 1;
  }
  const { route = '', environment = '' } = proven[0]?.resolved.update ?? {};
  const changedAt = await markChangedAt?.({ route, environment });
  const counted =
    changedAt === undefined ? proven : proven.filter(({ landed }) => landed.committedAt > new Date(changedAt));
  const highest = highestMark(counted, deps);
  // Last: without a mark the history is searched again.
  if (highest) await raiseMark(highest.resolved, highest.mark, undefined, place.repository, { store });
  return { route, environment, records, ...(highest && { mark: highest.mark }) };
}

function highestMark(proven: readonly Proven[], { now }: Pick<RestoreDeps, 'now'>) {
  let highest: { readonly resolved: ResolvedUpdate; readonly mark: NonNullable<Restored['mark']> } | undefined;
  for (const { resolved, trailer, landed } of proven) {
    const pushedAt = pushTimeOf(trailer, landed, resolved.environment, now());
    if (trailer.cause === 'rollback' || pushedAt === undefined) continue;
    const mark = { ...markOf(resolved, landed.commit), pushedAt };
    if (markAfter(resolved, highest?.mark, mark, highest?.mark)) highest = { resolved, mark };
  }
  return highest;
}

/** Whether the message of an update names the id and the image that a commit proves. */
function isNamed({ id, image }: TagUpdate, { trailer, resolved: { update } }: ProvenUpdate): boolean {
  const { registry, repository, tag, digest } = update.image;
  const isImage = image.registry === registry && image.repository === repository && image.tag === tag;
  return id === trailer.id && isImage && (digest === undefined || image.digest === digest);
}

/** @returns whether the record was missing or changed */
async function restoreRecord(
  { resolved, trailer, landed }: Proven,
  { tip, repository }: RestorePlace,
  { store, now }: RestoreDeps,
): Promise<boolean> {
  const { update, environment } = resolved;
  const { commit, committedAt } = landed;
  const previous = trailer.previous === undefined ? {} : { previous: trailer.previous };
  const details = { commit, branch: tip.branch, ...previous, ...placeOf(environment) };
  const pushedAt = pushTimeOf(trailer, landed, environment, now()) ?? update.pushedAt;
  const at = new Date(Math.min(committedAt.getTime(), now().getTime()));
  // Applications would never show a value that the branch does not hold any more.
  const isHeld = environment.application.length === 0 || (await holdsValue(resolved, tip.commit, repository));
  let isChanged = false;
  await store.update(update, (current) => {
    const restored = moveToCommitted(
      current ?? queued({ ...update, pushedAt }, environment.repository, at),
      details,
      current ? now() : at,
    );
    isChanged = restored !== undefined;
    return restored && !current && !isHeld ? replaced(restored, tip, at) : restored;
  });
  await recordRolledBack(update, { store, now });
  return isChanged;
}

/** The record of a value that the branch does not hold any more: it has no effects. */
function replaced(restored: Deployment, { branch }: Tip, at: Date): Deployment {
  const reason = `restored from the Git history; ${branch} holds another value now`;
  const record = moveTo(restored, 'superseded', { reason }, at);
  return { ...record, followed: recordVersion(record) };
}
