import type { Mark } from '../../model/deployment.ts';
import type { DeploymentStore } from '../../deployments/store.ts';
import type { GitOpsRepository } from '../../git/repository.ts';
import { raiseMark } from '../plan/decide.ts';
import type { ResolvedUpdate } from '../../values/inspect.ts';

type Committed = Mark & { readonly commit: string };

/** How far the commit of the mark is looked for below the one that may take its place. */
const historyLimit = 1000;

/**
 * Raises the mark to what a commit brought. Where the mark is the same tag of another commit than the plan knew, history
 * says which of the two came later: one request, and only then.
 *
 * @returns the mark that stays, because it is newer; `undefined` where it was raised
 */
export async function storeMark(
  { update, environment }: ResolvedUpdate,
  next: Committed,
  planned: Mark | undefined,
  store: DeploymentStore,
  repository: GitOpsRepository,
): Promise<Mark | undefined> {
  let known = planned;
  for (;;) {
    const kept = await raiseOrKeep(known);
    if (kept?.tag !== next.tag || kept.commit === undefined || kept.commit === next.commit) return kept;
    const { complete } = await repository.above(kept.commit, next.commit, historyLimit, () => false);
    if (!complete) return kept;
    known = kept;
  }

  /** The mark that was not raised; `undefined` where it was. */
  async function raiseOrKeep(known: Mark | undefined): Promise<Mark | undefined> {
    const kept: { mark?: Mark | undefined } = {};
    await store.updateMark(update, (current) => {
      const raised = raiseMark({ environment }, current, next, known);
      kept.mark = raised ? undefined : current;
      return raised;
    });
    return kept.mark;
  }
}
