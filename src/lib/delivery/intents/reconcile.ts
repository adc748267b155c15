import { ageMs } from '../../model/clock.ts';
import { moveToCommitted, placeOf, queued } from '../../model/deployment.ts';
import type { PushIntent } from '../../model/deployment.ts';
import type { Commit, GitOpsRepository, Tip } from '../../git/repository.ts';
import type { TagUpdate } from '../../model/tag-update.ts';
import { parseTrailers } from '../../model/trailers.ts';
import type { ImageUpdate } from '../../model/trailers.ts';
import { introducesValue } from '../../values/introduces-value.ts';
import { maySayUpdates } from '../plan/commit-message.ts';
import { raiseMark } from '../marks/raise-mark.ts';
import { recordRolledBack } from '../record-rolled-back.ts';
import { redeliverOvertaken } from '../redeliver-overtaken.ts';
import { markOf } from '../record-committed.ts';
import { isRowFailure } from '../../storage/table-errors.ts';
import { isOurCommit } from '../trailers/proven-updates.ts';
import { pushTimeOf } from '../trailers/push-time-of.ts';
import type { IntentDeps } from './intent-deps.ts';

/** Commits above the base of an intent that are searched: one page of a list. */
const historyLimit = 1000;
/** By then a push has landed or never will: far more than its time limit, and than clocks are apart. */
export const pushIsOverAfterMs = 10 * 60_000;

/**
 * Searches history for the pushes of a branch that ended without an answer: the answer was lost, or the worker was killed.
 * A push that landed is recorded as committed. An intent whose base lies below the tip cannot land any longer and is
 * removed, and so is an old intent. One with a mark or record that cannot be read stays, and stops no other.
 */
export async function reconcileIntents(
  intents: readonly PushIntent[],
  tip: Tip,
  repository: GitOpsRepository,
  deps: IntentDeps,
): Promise<void> {
  for (const intent of intents) {
    const { base, at } = intent;
    const isOver = ageMs(at, deps.now()) > pushIsOverAfterMs;
    // On this very tip the push may still be under way; the second push is refused.
    if (base === tip.commit && !isOver) continue;
    const { commits, complete } = await repository.above(base, tip.commit, historyLimit, maySayUpdates);
    const areRecorded = await recordLanded(intent, tip, commits, repository, deps);
    if (areRecorded && (complete || isOver)) await deps.store.removeIntent(intent);
  }
}

/** @returns whether every update of the intent that landed is recorded */
async function recordLanded(
  { updates, base }: PushIntent,
  tip: Tip,
  commits: readonly Commit[],
  repository: GitOpsRepository,
  deps: IntentDeps,
): Promise<boolean> {
  let areRecorded = true;
  for (const landed of commits) {
    const trailers = parseTrailers(landed.message);
    for (const update of updates) {
      const trailer = trailers.find(({ id }) => id === update.id);
      if (!trailer) continue;
      try {
        await recordOne(update, trailer, landed, { tip, base, repository }, deps);
      } catch (error) {
        // Deliveries to the same environment meet the row themselves.
        if (!isRowFailure(error)) throw error;
        areRecorded = false;
      }
    }
  }
  return areRecorded;
}

interface LandedAt {
  readonly tip: Tip;
  /** The tip that the push was planned on. */
  readonly base: string;
  readonly repository: GitOpsRepository;
}

async function recordOne(
  update: TagUpdate,
  trailer: ImageUpdate,
  landed: Commit,
  { tip, base, repository }: LandedAt,
  deps: IntentDeps,
): Promise<void> {
  const { commit } = landed;
  const environment = await deps.findEnvironment(update);
  if (environment && !(await introducesValue({ update, environment }, landed, repository))) return;
  const isOurs = (above: Commit) => isOurCommit(above, repository, deps);
  await repository.undoRecreation?.({ branch: tip.branch, base, commit, isOurs });
  // The image is the intent's, which the diff proves; only the time is the trailer's.
  const pushedAt = environment && pushTimeOf(trailer, landed, environment, deps.now());
  const resolved = environment && { update, environment };
  const mark = resolved && pushedAt !== undefined && { ...markOf(resolved, commit), pushedAt };
  const newer = mark && (await raiseMark(resolved, mark, undefined, repository, deps));
  if (newer) {
    const currentTags = trailer.previous === undefined ? [] : [trailer.previous];
    await redeliverOvertaken({ resolved, currentTags }, newer, commit, repository, deps);
  }
  await deps.store.update(update, (current) => {
    const previous = trailer.previous === undefined ? {} : { previous: trailer.previous };
    const record = current ?? queued(update, environment?.repository ?? '', deps.now());
    const details = { commit, branch: tip.branch, ...previous, ...placeOf(environment) };
    return moveToCommitted(record, details, deps.now());
  });
  await recordRolledBack(update, deps);
}
