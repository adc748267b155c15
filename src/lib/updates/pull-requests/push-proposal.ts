import type { AnnouncedPush, SourceBranch } from '../../deployments/source-branch.ts';
import type { PullRequest } from '../../gitops/pull-requests.ts';
import { isSurelyNotPushed } from '../announce-push.ts';
import type { DeliverDeps, Proposal } from '../deliver-once.ts';
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
  const { key, source, tip, head: from } = state;
  const announced = {
    id: newId(),
    ids: plan.applied.map(({ resolved }) => resolved.update.id),
    base,
    updates: contents.applied.map(({ resolved }) => resolved.update),
    at: now().toISOString(),
  };
  const empty: SourceBranch = { repository: repositoryUrl, source, target: tip.branch, updates: [], announced: [] };
  await store.updateSourceBranch(key, (current = empty) => ({
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

/** Records where the branch is and which pull request it has; takes the announcement back. */
export async function recordProposal(
  { key }: SourceState,
  { number, url }: PullRequest,
  landed: LandedPush | undefined,
  { store, now }: Pick<DeliverDeps, 'store' | 'now'>,
): Promise<void> {
  const tooOld = new Date(now().getTime() - announcementLifetimeMs).toISOString();
  await store.updateSourceBranch(key, (current) => {
    if (!current) return undefined;
    const pullRequest = { number, url };
    // Another worker has found the push before, and may have gone on from there.
    if (!landed || !current.announced.some(({ id }) => id === landed.announced.id)) return { ...current, pullRequest };
    return {
      ...current,
      head: landed.commit,
      base: landed.announced.base,
      updates: landed.announced.updates,
      pullRequest,
      announced: current.announced.filter(({ id, at }) => id !== landed.announced.id && at > tooOld),
    };
  });
}

function withdraw(row: SourceBranch | undefined, id: string): SourceBranch | 'cleared' | undefined {
  if (!row) return undefined;
  const announced = row.announced.filter((push) => push.id !== id);
  return announced.length === 0 && row.head === undefined ? 'cleared' : { ...row, announced };
}
