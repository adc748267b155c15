import type { SourceBranch } from '../../model/source-branch.ts';
import { Failure } from '../../model/failure.ts';
import type { PullRequest } from '../../git/pull-requests.ts';
import type { Tip } from '../../git/repository.ts';
import type { DeliverDeps, Proposal, Target } from '../delivery.ts';
import type { TagUpdate } from '../../model/tag-update.ts';
import { findOwner } from './find-owner.ts';
import { observePullRequest } from './observe.ts';
import { recordPullRequestEnd } from './record-end.ts';

/** The state of the source branch of a proposal. */
export interface SourceState {
  /** Names the source branch in the store. */
  readonly key: string;
  readonly tip: Tip;
  readonly source: string;
  readonly head: string | undefined;
  /** False where somebody else has pushed to the source branch. */
  readonly isOurs: boolean;
  /** The commit of the target below the branch, if known. */
  readonly base: string | undefined;
  readonly active: PullRequest | undefined;
  /** The pull request that the store knows. */
  readonly known: number | undefined;
  /** tagrelay completes the pull request, instead of the Git host. */
  readonly isCompletedByUs: boolean;
  /** The updates that the branch proposes, in an open pull request or before it is opened. */
  readonly carried: readonly TagUpdate[];
  /** The updates that the branch proposed in a pull request that has ended. */
  readonly former: readonly TagUpdate[];
}

/** Reads target, source branch, pull request and store; what has ended or landed in the meantime is recorded. */
export async function readSource(target: Target, proposal: Proposal, deps: DeliverDeps): Promise<SourceState> {
  const { pullRequests, repositoryKey, sourceFor } = proposal;
  const tip = await target.repository.tip(target.branch);
  const source = await sourceFor(tip.branch);
  const key = `${repositoryKey}#${source}`;
  const [head, active, stored] = await Promise.all([
    pullRequests.head(source),
    pullRequests.find(source, tip.branch, 'active'),
    deps.store.findSourceBranch(key),
  ]);
  const row = await recordEnded(key, stored, active, target, proposal, deps);
  const owner = await findOwner(
    { key, tip, source, head, row, hasPullRequest: active !== undefined },
    target.repository,
    deps,
  );
  const { row: owned } = owner;
  const isPending = owned?.head !== undefined && owned.head === head && owned.pullRequest === undefined;
  if (isPending && !active && (await recordUnseenEnd(key, owned, tip, proposal, target, deps))) {
    return readSource(target, proposal, deps);
  }
  const proposed = owned?.head === undefined ? owner.updates : owned.updates;
  const isCarried = active !== undefined || isPending;
  return {
    key,
    tip,
    source,
    head,
    isOurs: owner.isOurs,
    base: owned?.base ?? owner.base,
    active,
    known: owned?.pullRequest?.number,
    isCompletedByUs: owned?.completion !== undefined,
    carried: isCarried ? proposed : [],
    former: isCarried ? [] : proposed,
  };
}

/** A pull request that the store knows and that is no longer active has ended. */
async function recordEnded(
  key: string,
  row: SourceBranch | undefined,
  active: PullRequest | undefined,
  { repository }: Target,
  { pullRequests }: Proposal,
  deps: DeliverDeps,
): Promise<SourceBranch | undefined> {
  if (!row?.pullRequest || row.pullRequest.number === active?.number) return row;
  const pullRequest = await observePullRequest(row.pullRequest, row, pullRequests);
  if (pullRequest.state === 'active') {
    throw new Failure(
      'pull-request-taken-over',
      `Pull request ${pullRequest.url} goes into ${pullRequest.target} now, not into ${row.target}. Complete or abandon it; then updates continue.`,
      { place: { repository: row.repository } },
    );
  }
  await recordPullRequestEnd(key, row, pullRequest, repository, deps);
  return deps.store.findSourceBranch(key);
}

/** The worker died between opening the pull request and recording it, and the pull request has ended since. */
async function recordUnseenEnd(
  key: string,
  row: SourceBranch,
  tip: Tip,
  { pullRequests }: Proposal,
  { repository }: Target,
  deps: DeliverDeps,
): Promise<boolean> {
  const last = await pullRequests.find(row.source, tip.branch, 'any');
  if (!last || last.head !== row.head || last.state === 'active') return false;
  await recordPullRequestEnd(key, row, last, repository, deps);
  return true;
}
