import type { SourceBranch, SourceIntent } from '../../model/source-branch.ts';
import type { PullRequest } from '../../git/pull-requests.ts';
import { checkFresh } from '../attempt.ts';
import { pushWithIntent } from '../intents/record.ts';
import { sourceJournal, withoutExpired } from '../intents/source-branch.ts';
import type { CommitPlan } from '../plan/plan-commit.ts';
import { withoutClosed } from './closed-pull-requests.ts';
import type { ProposalAttempt } from './proposal-attempt.ts';

/** One commit for a source branch. */
export interface PlannedPush {
  readonly plan: CommitPlan;
  /** The commit below it. */
  readonly onto: string;
  /** The commit of the target that the branch is made from afterwards. */
  readonly base: string;
}

export interface LandedPush {
  readonly intent: SourceIntent;
  readonly commit: string;
}

export async function pushProposal(
  { plan, onto, base }: PlannedPush,
  contents: CommitPlan,
  attempt: ProposalAttempt,
): Promise<LandedPush> {
  const { state, proposal, known, deps } = attempt;
  checkFresh(known, deps.now());
  const { key, source, head: from } = state;
  const intent = {
    id: deps.newId(),
    ids: plan.applied.map(({ resolved }) => resolved.update.id),
    base,
    updates: contents.applied.map(({ resolved }) => resolved.update),
    at: deps.now().toISOString(),
  };
  const encoder = new TextEncoder();
  const files = plan.files.map(({ path, after }) => ({ path, content: encoder.encode(after) }));
  const { commit } = await pushWithIntent(sourceJournal(key, intent, newRow(attempt), deps.store), async () => {
    checkFresh(known, deps.now());
    return proposal.pullRequests.pushSource({ source, from, base: onto, message: plan.message, files });
  });
  return { intent, commit };
}

/** Records the head of the branch, the updates that it proposes and its pull request; removes the push intent. */
export async function recordProposal(
  { applied }: CommitPlan,
  { number, url }: PullRequest,
  landed: LandedPush | undefined,
  attempt: ProposalAttempt,
): Promise<void> {
  const { store, now } = attempt.deps;
  const { key, head, base } = attempt.state;
  const pullRequest = { number, url };
  const updates = applied.map(({ resolved }) => resolved.update);
  await store.updateSourceBranch(key, (stored) => {
    // The store may have lost a branch that is ours by its trailers.
    const found = {
      ...newRow(attempt),
      ...(head !== undefined && { head }),
      ...(base !== undefined && { base }),
    };
    const current = withoutClosed(stored ?? found, number);
    const isOurs = landed ? current.announced.some(({ id }) => id === landed.intent.id) : current.head === head;
    // Another worker has found the push before, and may have pushed again.
    if (!isOurs) return { ...current, pullRequest };
    if (!landed) return { ...current, updates, pullRequest };
    const { intent, commit } = landed;
    const announced = withoutExpired(current.announced, now()).filter(({ id }) => id !== intent.id);
    return { ...current, head: commit, base: intent.base, updates, pullRequest, announced };
  });
}

function newRow({ state: { source, tip }, proposal }: ProposalAttempt): SourceBranch {
  return { repository: proposal.repositoryUrl, source, target: tip.branch, updates: [], announced: [] };
}
