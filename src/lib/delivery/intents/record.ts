import { failureKinds, Failure } from '../../model/failure.ts';
import type { FailureCode } from '../../model/failure.ts';
import type { Tip } from '../../git/repository.ts';
import type { PushDeps, Target } from '../delivery.ts';
import type { CommitPlan } from '../plan/plan-commit.ts';

/** Failures after which the push has surely not happened, besides the permanent ones. */
const surelyNotPushed: ReadonlySet<FailureCode> = new Set([
  'branch-moved',
  'branch-locked',
  'sign-in-failed',
  'throttled',
]);

/**
 * Announces a push in the store, then pushes. So a lost answer or a killed worker costs one look into history, never a
 * second commit.
 *
 * @returns the commit, and what withdraws the announcement, to be called when marks and records are written
 */
export async function announcePush(
  plan: CommitPlan,
  tip: Tip,
  target: Target,
  { store, newId, now, instance: by }: PushDeps,
): Promise<{ readonly commit: string; readonly withdraw: () => Promise<void> }> {
  const updates = plan.applied.map(({ resolved }) => resolved.update);
  const announcement = { id: newId(), target: target.key, base: tip.commit, updates, at: now().toISOString(), by };
  const withdraw = () => store.withdraw(announcement);
  await store.announce(announcement);
  const encoder = new TextEncoder();
  try {
    const { commit } = await target.repository.push({
      branch: tip.branch,
      base: tip.commit,
      message: plan.message,
      files: plan.files.map(({ path, after }) => ({ path, content: encoder.encode(after) })),
    });
    return { commit, withdraw };
  } catch (error) {
    if (isSurelyNotPushed(error)) await withdraw();
    throw error;
  }
}

/** Whether a push that failed so has left the branch as it was. */
export function isSurelyNotPushed(error: unknown): boolean {
  return error instanceof Failure && (failureKinds[error.code] === 'permanent' || surelyNotPushed.has(error.code));
}
