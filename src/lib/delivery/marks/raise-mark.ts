import type { Mark } from '../../model/deployment.ts';
import type { DeploymentStore } from '../../deployments/store.ts';
import type { GitOpsRepository } from '../../git/repository.ts';
import { markAfter } from '../plan/decide.ts';
import type { ResolvedUpdate } from '../../values/inspect.ts';
import { isRollback } from '../../model/tag-update.ts';

type Committed = Mark & { readonly commit: string };

/** Commits below the new one among which the mark's own commit is searched. */
const historyLimit = 1000;

/**
 * Raises the mark of an environment to the value of a commit; the only writer of marks besides people. If the stored mark
 * has the same tag at another commit than `planned`, history decides which commit came later: one request, only then.
 *
 * @param planned the mark that the commit was planned on
 * @returns the mark that stays because it is newer; `undefined` if it was raised, or does not count
 */
export async function raiseMark(
  { update, environment }: ResolvedUpdate,
  next: Committed,
  planned: Mark | undefined,
  repository: GitOpsRepository,
  { store }: { readonly store: Pick<DeploymentStore, 'updateMark'> },
): Promise<Mark | undefined> {
  // The mark stays at the reverted tag, so that this tag does not come again.
  if (isRollback(update)) return undefined;
  let known = planned;
  for (;;) {
    const kept = await raiseOrKeep(known);
    if (kept?.tag !== next.tag || kept.commit === undefined || kept.commit === next.commit) return kept;
    const { complete } = await repository.above(kept.commit, next.commit, historyLimit, () => false);
    if (!complete) return kept;
    known = kept;
  }

  /** The mark that was not raised; `undefined` if it was. */
  async function raiseOrKeep(known: Mark | undefined): Promise<Mark | undefined> {
    const kept: { mark?: Mark | undefined } = {};
    await store.updateMark(update, (current) => {
      const raised = markAfter({ environment }, current, next, known);
      kept.mark = raised ? undefined : current;
      return raised;
    });
    return kept.mark;
  }
}
