import type { DeliverDeps } from '../delivery/delivery.ts';
import type { RollbackPlace } from '../delivery/judge-rollback.ts';
import { maySayUpdates } from '../delivery/plan/commit-message.ts';
import { recordCommitted } from '../delivery/record-committed.ts';
import { provenUpdates } from '../delivery/trailers/proven-updates.ts';
import type { Outcome } from '../model/outcome.ts';
import { parseTrailers } from '../model/trailers.ts';
import type { ResolvedUpdate } from '../values/inspect.ts';

export type RecordLandedDeps = Pick<DeliverDeps, 'store' | 'now' | 'findEnvironment'>;

/** Commits above a deployment that are searched for its rollback. */
const mostAbove = 1_000;

/** Records the rollback at its commit, if that lies above the deployment: the worker died, and its push intent is lost. */
export async function recordLanded(
  { update, environment }: ResolvedUpdate,
  above: string,
  { tip, repository }: RollbackPlace,
  deps: RecordLandedDeps,
): Promise<Outcome | undefined> {
  const { commits } = await repository.above(above, tip.commit, mostAbove, maySayUpdates);
  for (const landed of commits) {
    if (!parseTrailers(landed.message).some(({ id }) => id === update.id)) continue;
    const proven = await provenUpdates(landed, repository, deps);
    const own = proven.find(({ resolved, isOwnId }) => isOwnId && resolved.update.id === update.id);
    if (!own) continue;
    const { commit } = landed;
    const resolved = { environment, update: { ...own.resolved.update, cause: update.cause } };
    await recordCommitted(resolved, { commit, branch: tip.branch }, deps);
    return { kind: 'up-to-date', commit, branch: tip.branch };
  }
  return undefined;
}
