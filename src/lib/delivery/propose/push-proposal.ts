import type { AnnouncedPush, SourceBranch } from '../../model/source-branch.ts';
import type { PullRequest } from '../../git/pull-requests.ts';
import { isSurelyNotPushed } from '../intents/record.ts';
import type { DeliverDeps, Proposal } from '../delivery.ts';
import type { CommitPlan } from '../plan/plan-commit.ts';
import type { SourceState } from './source-state.ts';

/** One commit for a source branch. */
export interface PlannedPush {
  readonly plan: CommitPlan;
  /** The commit below it. */
  readonly onto: string;
  /** The target's commit that the branch is made from then. */
  readonly base: string;
}

export interface LandedPush {
  readonly announced: AnnouncedPush;
  readonly commit: string;
}

/** After this time, in milliseconds, an announced push can no longer land. */
const announcementLifetimeMs = 10 * 60_000;

/** Announces a push in the store, then pushes. */
export async function pushProposal(
  { plan, onto, base }: PlannedPush,
  contents: CommitPlan,
  state: SourceState,
  { pullRequests, repositoryUrl }: Proposal,
  { store, newId, now }: DeliverDeps,
): Promise<LandedPush> {
  const { key, source, head: from } = state;
  const announced = {
    id: newId(),
    ids: plan.applied.map(({ resolved }) => resolved.update.id),
    base,
    updates: contents.applied.map(({ resolved }) => resolved.update),
    at: now().toISOString(),
  };
  await store.updateSourceBranch(key, (current = newRow(state, repositoryUrl)) => ({
    ...current,
    announced: [...current.announced, announced],
  }));
  const encoder = new TextEncoder();
  const files = plan.files.map(({ path, after }) => ({ path, content: encoder.encode(after) }));
  try {
    const { commit } = await pullRequests.pushSource({ source, from, base: onto, message: plan.message, files });
    return { announced, commit };
  } catch (error) {
    if (isSurelyNotPushed(error)) await store.updateSourceBranch(key, (current) => withdraw(current, announced.id));
    throw error;
  }
}

/** Records where the branch is, what it proposes and its pull request; takes the announcement back. */
export async function recordProposal(
  state: SourceState,
  { applied }: CommitPlan,
  { number, url }: PullRequest,
  landed: LandedPush | undefined,
  { repositoryUrl }: Proposal,
  { store, now }: Pick<DeliverDeps, 'store' | 'now'>,
): Promise<void> {
  const { key, head, base } = state;
  const pullRequest = { number, url };
  const updates = applied.map(({ resolved }) => resolved.update);
  const tooOld = new Date(now().getTime() - announcementLifetimeMs).toISOString();
  await store.updateSourceBranch(key, (stored) => {
    // The store may have lost a branch that is ours by its trailers.
    const found = {
      ...newRow(state, repositoryUrl),
      ...(head !== undefined && { head }),
      ...(base !== undefined && { base }),
    };
    const current = stored ?? found;
    const isOurs = landed ? current.announced.some(({ id }) => id === landed.announced.id) : current.head === head;
    // Another worker has found the push before, and may have gone on from there.
    if (!isOurs) return { ...current, pullRequest };
    if (!landed) return { ...current, updates, pullRequest };
    const announced = current.announced.filter(({ id, at }) => id !== landed.announced.id && at > tooOld);
    return { ...current, head: landed.commit, base: landed.announced.base, updates, pullRequest, announced };
  });
}

function newRow({ source, tip }: SourceState, repository: string): SourceBranch {
  return { repository, source, target: tip.branch, updates: [], announced: [] };
}

function withdraw(row: SourceBranch | undefined, id: string): SourceBranch | 'cleared' | undefined {
  if (!row) return undefined;
  const announced = row.announced.filter((push) => push.id !== id);
  return announced.length === 0 && row.head === undefined ? 'cleared' : { ...row, announced };
}
