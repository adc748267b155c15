import { openedFiles, readFiles } from '../../values/read-files.ts';
import type { Target } from '../delivery.ts';
import { isUpToDate } from '../../values/inspect.ts';
import { planCommit } from '../plan/plan-commit.ts';
import type { CommitPlan } from '../plan/plan-commit.ts';
import type { PlannedPush } from './push-proposal.ts';
import type { SourceState } from './source-state.ts';
import { holdsSameValues, tryInspect } from '../../values/held-value.ts';

/**
 * The push after which the source branch proposes `contents`, planned on the target: none, a commit on top, or a new
 * branch from the target's tip. New without a branch, after a conflict with the target, or after the target changed a
 * proposed scalar.
 *
 * @param isShorter an update that the branch proposes has to leave it
 */
export async function planPush(
  contents: CommitPlan,
  isShorter: boolean,
  { tip, head, base, active, carried }: SourceState,
  { repository }: Target,
): Promise<PlannedPush | undefined> {
  const fresh = { plan: contents, onto: tip.commit, base: tip.commit };
  if (head === undefined || base === undefined || isShorter || carried.length === 0) return fresh;
  const group = contents.applied.map(({ resolved }) => resolved);
  if (base !== tip.commit) {
    if (active?.hasConflicts === true) return fresh;
    const baseFiles = await readFiles(repository, base, group);
    if (contents.applied.some((inspection) => !holdsSameValues(inspection, baseFiles))) return fresh;
  }
  const headFiles = await readFiles(repository, head, group);
  const there = group.map((resolved) => tryInspect(resolved, headFiles));
  if (!there.every((inspection) => inspection !== undefined)) return fresh;
  const missing = there.filter((inspection) => !isUpToDate(inspection));
  return missing.length === 0 ? undefined : { plan: planCommit(missing, openedFiles(headFiles)), onto: head, base };
}
