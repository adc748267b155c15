import type { Clock } from '../../model/clock.ts';
import { applicationsOf, moveToCommitted, queued } from '../../model/deployment.ts';
import type { Announcement, Mark } from '../../model/deployment.ts';
import type { DeploymentStore } from '../../deployments/store.ts';
import type { Commit, GitOpsRepository, Tip } from '../../git/repository.ts';
import { parseTrailers } from '../../model/trailers.ts';
import type { ImageUpdate } from '../../model/trailers.ts';
import { parseImageReference } from '../../model/image-reference.ts';
import type { Environment } from '../../routes/route.ts';
import { holdsValue } from '../../values/find-introduction.ts';
import { maySayUpdates } from '../plan/commit-message.ts';
import { policyTag } from '../../values/policy-tag.ts';
import { storeMark } from '../marks/record-version.ts';
import type { TagUpdate } from '../../model/tag-update.ts';

export interface SettleDeps {
  readonly store: DeploymentStore;
  readonly now: Clock;
  /** The environment that an update is for, by the routes of the moment. */
  readonly findEnvironment: (update: TagUpdate) => Promise<Environment | undefined>;
}

/** How many commits above an announcement's base are looked at: one page of a list. */
const historyLimit = 1000;
/** By then a push has landed or never will: far more than its time limit, and than clocks are apart. */
const pushIsOverAfterMs = 10 * 60_000;

/**
 * Looks what became of the pushes of a branch that were announced and never answered for: by a lost answer, or a killed
 * worker. What landed is recorded as committed; an announcement whose base lies below the tip can land no more and is
 * withdrawn, and so is one that is old, whatever became of its base.
 */
export async function settleAnnouncements(
  announcements: readonly Announcement[],
  tip: Tip,
  repository: GitOpsRepository,
  deps: SettleDeps,
): Promise<void> {
  for (const announcement of announcements) {
    const { base, at } = announcement;
    const isOver = deps.now().getTime() - Date.parse(at) > pushIsOverAfterMs;
    // On this very tip the push may still be under way; whoever is second is refused.
    if (base === tip.commit && !isOver) continue;
    const { commits, complete } = await repository.above(base, tip.commit, historyLimit, maySayUpdates);
    await recordLanded(announcement, tip, commits, repository, deps);
    if (complete || isOver) await deps.store.withdraw(announcement);
  }
}

async function recordLanded(
  { updates, base }: Announcement,
  tip: Tip,
  commits: readonly Commit[],
  repository: GitOpsRepository,
  deps: SettleDeps,
): Promise<void> {
  for (const { commit, message } of commits) {
    const trailers = parseTrailers(message);
    for (const update of updates) {
      const trailer = trailers.find(({ id }) => id === update.id);
      if (!trailer) continue;
      const environment = await deps.findEnvironment(update);
      // Anyone may write a trailer: it counts where the commit holds the value.
      if (environment && !(await holdsValue({ update, environment }, commit, repository))) continue;
      await repository.undoRecreation?.({ branch: tip.branch, base, commit });
      const mark = environment && markOf(trailer, commit, environment);
      if (environment && mark) await storeMark({ update, environment }, mark, undefined, deps.store, repository);
      await deps.store.update(update, (current) => {
        const previous = trailer.previous === undefined ? {} : { previous: trailer.previous };
        const record = current ?? queued(update, environment?.repository ?? '', deps.now());
        const details = { commit, branch: tip.branch, ...previous, ...applicationsOf(environment) };
        return moveToCommitted(record, details, deps.now());
      });
    }
  }
}

/** The mark that a commit raises is what its own trailer says. */
function markOf(
  { image, pushed }: ImageUpdate,
  commit: string,
  environment: Environment,
): (Mark & { commit: string }) | undefined {
  const { tag, digest } = parseImageReference(image) ?? {};
  if (tag === undefined || pushed === undefined) return undefined;
  return { tag: policyTag(environment, tag), pushedAt: pushed, commit, ...(digest === undefined ? {} : { digest }) };
}
