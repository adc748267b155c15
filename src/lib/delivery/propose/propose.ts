import { isEnded, moveTo, placeOf, queued } from '../../model/deployment.ts';
import type { PullRequest } from '../../git/pull-requests.ts';
import { checkFresh } from '../attempt.ts';
import type { Outcome, Outcomes } from '../../model/outcome.ts';
import { changeDiff } from '../plan/change-diff.ts';
import { previousTag } from '../plan/commit-message.ts';
import { editWarnings } from '../../values/inspect.ts';
import type { Inspection } from '../../values/inspect.ts';
import { openedFiles } from '../../values/read-files.ts';
import type { CommitPlan } from '../plan/plan-commit.ts';
import { completeProposal, completesItself, recordTry } from './complete.ts';
import { openPullRequest } from './open-pull-request.ts';
import { planPush } from './plan-push.ts';
import type { ProposalAttempt } from './proposal-attempt.ts';
import { pushProposal, recordProposal } from './push-proposal.ts';
import { closedOf, withClosed, withoutProposal } from './closed-pull-requests.ts';
import { end } from './end-record.ts';

/** The updates that a source branch has to propose. */
export interface Wanted {
  /** Planned on the target's tip. */
  readonly contents: CommitPlan;
  /** An update that the branch proposes now has to leave it. */
  readonly isShorter: boolean;
}

/**
 * Makes the source branch and its pull request propose the wanted updates, and records it.
 *
 * @returns the outcome of every update that is, or was, proposed
 */
export async function propose({ contents, isShorter }: Wanted, attempt: ProposalAttempt): Promise<Outcomes> {
  const { state, target, proposal, deps } = attempt;
  const planned = await planPush(contents, isShorter, state, target);
  const landed = planned && (await pushProposal(planned, contents, attempt));
  const isKnown = state.active !== undefined && state.active.number === state.known;
  const open = async (): Promise<PullRequest> => {
    const read = (await deps.readContents?.(contents.applied)) ?? [];
    checkFresh(attempt.known, deps.now());
    return openPullRequest(contents.applied, landed?.commit ?? state.head, state, proposal.pullRequests, read);
  };
  const pullRequest = state.active && isKnown && !landed ? state.active : await open();
  const outcomes = await recordSuperseded(contents, pullRequest, attempt);
  await recordProposal(contents, pullRequest, landed, attempt);
  if (completesItself(contents.applied, state.isCompletedByUs)) {
    // The Git host first computes the merge of a new head.
    const isNew = landed !== undefined || !isKnown;
    await (isNew ? recordTry(attempt, undefined, 0) : completeProposal(contents.applied, state.head, attempt));
  }
  for (const inspection of contents.applied) {
    const outcome = await recordProposed(inspection, pullRequest, contents.applied.length, attempt);
    outcomes.set(inspection.resolved.update.id, outcome);
  }
  return outcomes;
}

/** Before the row of the branch names the new updates only: until then a killed worker's next plan finds the older ones. */
async function recordSuperseded(
  { superseded }: CommitPlan,
  { number }: PullRequest,
  { proposal, deps }: ProposalAttempt,
): Promise<Outcomes> {
  const outcomes: Outcomes = new Map();
  for (const { inspection, by } of superseded) {
    const { update } = inspection.resolved;
    const reason = `pull request ${number} proposes ${by}`;
    await end(update, proposal.repositoryUrl, { state: 'superseded', reason, supersededBy: by }, deps);
    outcomes.set(update.id, { kind: 'superseded', by, reason });
  }
  return outcomes;
}

async function recordProposed(
  inspection: Inspection,
  { number, url }: PullRequest,
  groupSize: number,
  { state, proposal, files, deps: { store, now } }: ProposalAttempt,
): Promise<Outcome> {
  const { update, environment } = inspection.resolved;
  const { source, tip } = state;
  const tag = previousTag(inspection);
  const previous = tag === undefined ? {} : { previous: tag };
  const warnings = editWarnings(inspection);
  const warned = warnings.length > 0 ? { editWarnings: warnings } : {};
  const details = {
    branch: tip.branch,
    pullRequest: { number, url },
    diff: changeDiff(inspection, openedFiles(files)),
    ...previous,
    ...warned,
    ...placeOf(environment),
  };
  await store.update(update, (current = queued(update, proposal.repositoryUrl, now())) => {
    const isThere = current.state === 'pull-request' && current.pullRequest?.number === number;
    const isBeyond = isEnded(current) && current.state !== 'pull-request';
    return isThere || isBeyond ? undefined : moveTo(current, 'pull-request', details, now());
  });
  return {
    kind: 'pull-request',
    number,
    url,
    branch: source,
    groupSize,
    ...previous,
    ...(warnings.length > 0 && { warnings }),
  };
}

/** Closes the proposal, because no update is left: the target holds them all, or newer ones, or does not take them. */
export async function closeProposal({ state, proposal, deps }: ProposalAttempt): Promise<void> {
  const { active, key, source, head, base, carried } = state;
  if (carried.length === 0) return;
  if (active) await proposal.pullRequests.abandon(active.number);
  await deps.store.updateSourceBranch(key, (current) => {
    if (!current) return undefined;
    const rest = { ...current, announced: [] };
    if (!active) return withoutProposal(rest);
    const closed = closedOf({ updates: carried, head, base }, active, deps.now());
    return withoutProposal(withClosed(rest, { ...closed, closedBy: 'tagrelay' }));
  });
  if (head !== undefined) await proposal.pullRequests.removeSource(source, head);
}
