import { applicationsOf, isEnded, moveTo, queued } from '../../model/deployment.ts';
import type { PullRequest } from '../../git/pull-requests.ts';
import type { Outcomes } from '../commit/deliver-once.ts';
import type { DeliverDeps, Proposal, Target } from '../delivery.ts';
import type { Outcome } from '../../model/outcome.ts';
import { previousTag } from '../plan/commit-message.ts';
import type { Inspection } from '../../values/inspect.ts';
import type { CommitPlan } from '../plan/plan-commit.ts';
import { openPullRequest } from './open-pull-request.ts';
import { planPush } from './plan-push.ts';
import { pushProposal, recordProposal } from './push-proposal.ts';
import { end } from './close-pull-request.ts';
import type { SourceState } from './source-state.ts';

/** What a source branch is to propose. */
export interface Wanted {
  /** Planned on the target's tip. */
  readonly contents: CommitPlan;
  /** Something that the branch proposes now is to go. */
  readonly isShorter: boolean;
}

/**
 * Makes the source branch and its pull request propose what is wanted, and records it.
 *
 * @returns the outcome of everything that is, or was, proposed
 */
export async function propose(
  { contents, isShorter }: Wanted,
  state: SourceState,
  target: Target,
  proposal: Proposal,
  deps: DeliverDeps,
): Promise<Outcomes> {
  const planned = await planPush(contents, isShorter, state, target);
  const landed = planned && (await pushProposal(planned, contents, state, proposal, deps));
  const isKnown = state.active !== undefined && state.active.number === state.known;
  const pullRequest =
    state.active && isKnown && !landed
      ? state.active
      : await openPullRequest(contents.applied, landed?.commit ?? state.head, state, proposal.pullRequests);
  await recordProposal(state, contents, pullRequest, landed, proposal, deps);
  const outcomes: Outcomes = new Map();
  for (const inspection of contents.applied) {
    const outcome = await recordProposed(inspection, pullRequest, contents, state, proposal, deps);
    outcomes.set(inspection.resolved.update.id, outcome);
  }
  for (const { inspection, by } of contents.superseded) {
    const { update } = inspection.resolved;
    const reason = `pull request ${pullRequest.number} proposes ${by}`;
    await end(update, proposal.repositoryUrl, { state: 'superseded', reason, supersededBy: by }, deps);
    outcomes.set(update.id, { kind: 'superseded', by, reason });
  }
  return outcomes;
}

async function recordProposed(
  inspection: Inspection,
  { number, url }: PullRequest,
  { applied }: CommitPlan,
  { source, tip }: SourceState,
  { repositoryUrl }: Proposal,
  { store, now }: DeliverDeps,
): Promise<Outcome> {
  const { update, environment } = inspection.resolved;
  const tag = previousTag(inspection);
  const previous = tag === undefined ? {} : { previous: tag };
  const details = { branch: tip.branch, pullRequest: { number, url }, ...previous, ...applicationsOf(environment) };
  await store.update(update, (current = queued(update, repositoryUrl, now())) => {
    const isThere = current.state === 'pull-request' && current.pullRequest?.number === number;
    const hasGoneOn = isEnded(current) && current.state !== 'pull-request';
    return isThere || hasGoneOn ? undefined : moveTo(current, 'pull-request', details, now());
  });
  return { kind: 'pull-request', number, url, branch: source, groupSize: applied.length, ...previous };
}

/** Nothing is left to propose: the target holds it all, or newer, or does not take it any more. */
export async function takeBack(
  { active, key, source, head, carried }: SourceState,
  { pullRequests }: Proposal,
  { store }: DeliverDeps,
): Promise<void> {
  if (carried.length === 0) return;
  if (active) await pullRequests.abandon(active.number);
  await store.updateSourceBranch(key, () => 'cleared');
  if (head !== undefined) await pullRequests.removeSource(source, head);
}
