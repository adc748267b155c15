import type { Outcome } from '../model/outcome.ts';
import { inTurn } from '../async/in-turn.ts';
import { Failure } from '../model/failure.ts';
import { updateKey } from '../model/tag-update.ts';
import { findIntroduction } from '../values/find-introduction.ts';
import { inspect } from '../values/inspect.ts';
import type { Inspection, ResolvedUpdate } from '../values/inspect.ts';
import { decide } from './plan/decide.ts';
import { datePushes } from './push-times.ts';
import { raiseMark } from './marks/raise-mark.ts';
import { markOf, recordCommitted } from './record-committed.ts';
import { markIn } from './attempt.ts';
import type { DeliveryAttempt } from './attempt.ts';

/** The outcome of an update that the files or the mark of the target decide, else the change that it needs. */
export async function evaluateUpdate(
  resolved: ResolvedUpdate,
  attempt: DeliveryAttempt,
): Promise<Outcome | Inspection> {
  const { tip, target, files, known, deps } = attempt;
  const failure = known.failed?.get(updateKey(resolved.update));
  if (failure) return { kind: 'failed', failure };
  const mark = markIn(known, resolved);
  try {
    const inspection = await inTurn(() => inspect(resolved, files));
    if (inspection === 'ignored') return { kind: 'ignored' };
    const pushTimes = await datePushes(tip, inspection, mark, {
      repository: target.repository,
      registry: deps.registry,
      now: deps.now,
    });
    const decision = decide(inspection, pushTimes, mark);
    if (decision.kind === 'superseded') {
      if (mark && !inspection.currentTags.includes(mark.tag))
        await deps.watchTip?.(resolved, { revision: tip.commit, repository: target.repository });
      return decision;
    }
    return decision.kind === 'up-to-date' ? await recordUpToDate(inspection, attempt) : inspection;
  } catch (error) {
    // A failed look-up of one update holds up no other; a branch that was rewritten concerns all.
    if (error instanceof Failure && error.code !== 'branch-moved') return { kind: 'failed', failure: error };
    throw error;
  }
}

/** The file holds the value already: the update is committed at the commit that put it there, written by tagrelay or by anyone else. */
async function recordUpToDate(
  { resolved, ...inspected }: Inspection,
  { tip, target, known, deps }: DeliveryAttempt,
): Promise<Outcome> {
  const commit = await findIntroduction({ resolved, ...inspected }, tip.commit, target.repository);
  await raiseMark(resolved, markOf(resolved, commit), markIn(known, resolved), target.repository, deps);
  await recordCommitted(resolved, { commit, branch: tip.branch }, deps);
  return { kind: 'up-to-date', commit, branch: tip.branch };
}
