import { atMost } from '../../async/at-most.ts';
import type { Commit, GitOpsRepository, Tip } from '../../git/repository.ts';
import { applicationsOf, moveTo, moveToCommitted, queued } from '../../model/deployment.ts';
import type { Mark } from '../../model/deployment.ts';
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
import { pushTimeOf } from '../trailers/push-time-of.ts';

export type RestoreDeps = Pick<DeliverDeps, 'store' | 'now' | 'findEnvironment'>;

/** Where the history of environments is read. */
export interface RestorePlace {
  readonly tip: Tip;
  readonly repository: GitOpsRepository;
}

export interface Restored {
  readonly mark?: Mark & { readonly commit: string };
  readonly records: number;
}

type Proven = ProvenUpdate & { readonly landed: Commit };

/** Commits whose trailers are proved at a time: each needs two files. */
const provedAtOnce = 8;

/**
 * Restores the mark of an environment, and the records of its updates, from the trailers that the diffs of commits prove.
 * The mark only rises, and a record that is there only becomes `committed`.
 *
 * @param commits the oldest first
 * @param waiting updates whose messages are there: a message proves an id that is not derived from the image
 */
export async function restoreEnvironment(
  { update: { route, environment: name }, environment }: ResolvedUpdate,
  commits: readonly Commit[],
  waiting: readonly TagUpdate[],
  { tip, repository }: RestorePlace,
  deps: RestoreDeps,
): Promise<Restored> {
  const key = updateKey({ route, environment: name });
  const findEnvironment: RestoreDeps['findEnvironment'] = (named) =>
    Promise.resolve(updateKey(named) === key ? environment : undefined);
  const found = await atMost(provedAtOnce, commits, async (landed): Promise<readonly Proven[]> => {
    const proven = await provenUpdates(landed, repository, { findEnvironment });
    return proven.map((one) => Object.assign({}, one, { landed }));
  });
  const proven = found.flat();
  const mark = highestMark(proven, deps);
  let records = 0;
  for (const one of proven) {
    const update = one.isOwnId ? one.resolved.update : waiting.find((other) => isNamed(other, one));
    if (update && (await restoreRecord({ ...one, resolved: { update, environment } }, { tip, repository }, deps)))
      records += 1;
  }
  // Last: without a mark the history is searched again.
  if (mark) await raiseMark(mark.resolved, mark.mark, undefined, repository, deps);
  return { records, ...(mark && { mark: mark.mark }) };
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
  const details = { commit, branch: tip.branch, ...previous, ...applicationsOf(environment) };
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
    return restored && !current && !isHeld
      ? moveTo(restored, 'superseded', { ...details, reason: replacedReason(tip) }, at)
      : restored;
  });
  await recordRolledBack(update, { store, now });
  return isChanged;
}

function replacedReason({ branch }: Tip): string {
  return `restored from the Git history; ${branch} holds another value now`;
}
