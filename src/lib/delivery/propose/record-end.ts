import type { Deployment } from '../../model/deployment.ts';
import type { ClosedPullRequest, SourceBranch } from '../../model/source-branch.ts';
import { Failure } from '../../model/failure.ts';
import type { PullRequest } from '../../git/pull-requests.ts';
import type { GitOpsRepository } from '../../git/repository.ts';
import { markOf, recordCommitted } from '../record-committed.ts';
import type { DeliverDeps } from '../delivery.ts';
import { findIntroduction } from '../../values/find-introduction.ts';
import { holdsValue, tryInspect } from '../../values/held-value.ts';
import { isUpToDate } from '../../values/inspect.ts';
import { readFiles } from '../../values/read-files.ts';
import { writtenEnvironment } from '../../values/written-environment.ts';
import { raiseMark } from '../marks/raise-mark.ts';
import type { ResolvedUpdate } from '../../values/inspect.ts';
import type { TagUpdate } from '../../model/tag-update.ts';
import type { Environment } from '../../routes/route.ts';
import { closedOf, withClosed, withoutClosed, withoutProposal } from './closed-pull-requests.ts';
import { end } from './end-record.ts';

/** The ends of the updates of a pull request that has ended. */
export interface EndedPullRequest {
  readonly committed: readonly TagUpdate[];
  /** Merged, but the files do not hold the value. */
  readonly lost: readonly TagUpdate[];
  readonly closed: readonly TagUpdate[];
}

/**
 * Records the end of a pull request that was completed or abandoned. Completed: `committed` at the commit of the merge if
 * the files hold the value there with any message, else `superseded`. Abandoned: `rejected`, and the same tag is
 * not proposed again. Can be repeated.
 *
 * @throws {Failure} `branch-moved` while the host still merges
 */
export async function recordPullRequestEnd(
  key: string,
  row: SourceBranch,
  pullRequest: Pick<PullRequest, 'number' | 'url' | 'state' | 'mergeCommit' | 'completedAt' | 'target'>,
  repository: GitOpsRepository,
  deps: DeliverDeps,
): Promise<EndedPullRequest> {
  const ended =
    pullRequest.state === 'completed'
      ? await recordMerged(row, pullRequest, repository, deps)
      : await recordClosed(row, pullRequest, deps);
  const closed = pullRequest.state === 'abandoned' ? closedOf(row, pullRequest, deps.now()) : undefined;
  await deps.store.updateSourceBranch(key, (current) => current && afterEnd(current, pullRequest.number, closed));
  return ended;
}

function afterEnd(
  current: SourceBranch,
  number: number,
  closed: ClosedPullRequest | undefined,
): SourceBranch | 'cleared' | undefined {
  const wasClosed = current.closed?.some((one) => one.number === number) === true;
  const isCurrent = current.pullRequest === undefined ? !wasClosed : current.pullRequest.number === number;
  if (!isCurrent && (!wasClosed || closed)) return undefined;
  const next = closed ? withClosed(current, closed) : withoutClosed(current, number);
  return isCurrent || next.head === undefined ? withoutProposal(next) : next;
}

async function recordMerged(
  row: SourceBranch,
  pullRequest: Pick<PullRequest, 'number' | 'url' | 'mergeCommit' | 'completedAt' | 'target'>,
  repository: GitOpsRepository,
  deps: DeliverDeps,
): Promise<EndedPullRequest> {
  const { updates, announced, repository: url } = row;
  const { number, url: link, mergeCommit, target } = pullRequest;
  if (mergeCommit === undefined) {
    throw new Failure('branch-moved', `Pull request ${link} is completed, and its commit is not known yet.`, {
      place: { repository: url },
    });
  }
  const details = { branch: target, pullRequest: { number, url: link } };
  const forcedTo = await tipWithout(pullRequest, repository, deps.now());
  const committed: TagUpdate[] = [];
  const lost: TagUpdate[] = [];
  const certain = new Set(updates.map(({ id }) => id));
  // A push may have landed without an answer: then the merge holds its updates.
  const all = new Map([...updates, ...announced.flatMap((push) => push.updates)].map((update) => [update.id, update]));
  for (const update of all.values()) {
    const current = await deps.findEnvironment(update);
    const environment = current && writtenEnvironment(current, (await deps.store.find(update)) ?? {});
    const isOurTarget = target === row.target || (await isBranchOf(environment, target, repository));
    const resolved = environment && isOurTarget ? { update, environment } : undefined;
    const commit = resolved && (await commitOf(resolved, { mergeCommit, forcedTo }, repository));
    if (resolved && commit !== undefined) {
      await recordHeld(resolved, commit, details, repository, deps);
      committed.push(update);
    } else if (certain.has(update.id)) {
      const reason = !environment
        ? `pull request ${number} was merged, and no route takes the image any more`
        : isOurTarget
          ? forcedTo === undefined
            ? `pull request ${number} was merged, and its merge does not hold ${update.image.tag}`
            : `pull request ${number} was merged, and its merge is no longer in the branch ${target}`
          : `pull request ${number} was merged into ${target}, not into ${row.target}`;
      await end(update, url, { state: 'superseded', reason }, deps);
      lost.push(update);
    }
  }
  return { committed, lost, closed: [] };
}

/** A replica of a Git host can lag behind a merge. */
const settledMs = 5 * 60_000;

/** The tip of the target, if the Git host has shown that the merge was forced out of the branch. */
async function tipWithout(
  { mergeCommit, completedAt, target }: Pick<PullRequest, 'mergeCommit' | 'completedAt' | 'target'>,
  repository: GitOpsRepository,
  now: Date,
): Promise<string | undefined> {
  if (mergeCommit === undefined || !completedAt || now.getTime() - completedAt.getTime() < settledMs) return undefined;
  try {
    const { commit: tip } = await repository.tip(target);
    return (await repository.isOutside(mergeCommit, tip)) ? tip : undefined;
  } catch (error) {
    if (error instanceof Failure) return undefined; // It proves nothing.
    throw error;
  }
}

/** The commit that holds the value of an update in the branch: the merge, or another one if the merge was forced away. */
async function commitOf(
  resolved: ResolvedUpdate,
  { mergeCommit, forcedTo }: { readonly mergeCommit: string; readonly forcedTo: string | undefined },
  repository: GitOpsRepository,
): Promise<string | undefined> {
  if (forcedTo === undefined) return (await holdsValue(resolved, mergeCommit, repository)) ? mergeCommit : undefined;
  const inspection = tryInspect(resolved, await readFiles(repository, forcedTo, [resolved]));
  return inspection && isUpToDate(inspection) ? findIntroduction(inspection, forcedTo, repository) : undefined;
}

/** Whether an environment is delivered to a branch now: the host retargets pull requests when a branch is renamed. */
async function isBranchOf(
  environment: Environment | undefined,
  branch: string,
  repository: GitOpsRepository,
): Promise<boolean> {
  if (!environment) return false;
  try {
    return (await repository.tip(environment.branch)).branch === branch;
  } catch (error) {
    if (error instanceof Failure && error.code === 'branch-not-found') return false;
    throw error;
  }
}

async function recordHeld(
  resolved: ResolvedUpdate,
  commit: string,
  details: Pick<Deployment, 'branch' | 'pullRequest'>,
  repository: GitOpsRepository,
  deps: DeliverDeps,
): Promise<void> {
  await raiseMark(resolved, markOf(resolved, commit), undefined, repository, deps);
  // Also for a record that is committed already: its effects may not be queued yet.
  await recordCommitted(resolved, { commit, ...details }, deps);
}

async function recordClosed(
  { updates, repository }: SourceBranch,
  { number, url }: Pick<PullRequest, 'number' | 'url'>,
  deps: DeliverDeps,
): Promise<EndedPullRequest> {
  for (const update of updates) {
    const reason = `pull request ${number} was closed without merging (${url}); a newer tag is proposed again`;
    await end(update, repository, { state: 'rejected', code: 'pull-request-closed', reason }, deps);
  }
  return { committed: [], lost: [], closed: updates };
}
