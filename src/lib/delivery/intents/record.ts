import { failureKinds, Failure } from '../../model/failure.ts';
import type { FailureCode } from '../../model/failure.ts';
import type { PushIntent } from '../../model/deployment.ts';
import type { Tip } from '../../git/repository.ts';
import type { PushDeps, Target } from '../delivery.ts';
import type { CommitPlan } from '../plan/plan-commit.ts';

/** Where the intent of one push is stored. */
export interface IntentJournal {
  readonly record: () => Promise<void>;
  readonly remove: () => Promise<void>;
}

/** Failures after which the push has surely not happened, besides the permanent ones. */
const surelyNotPushed: ReadonlySet<FailureCode> = new Set([
  'branch-moved',
  'branch-locked',
  'sign-in-failed',
  'throttled',
]);

/**
 * Records the intent of a push, then pushes. A lost answer or a killed worker costs one look into history, never a second
 * commit. The intent is removed at once after a push that surely did not happen. After any other push the caller removes
 * it, last of all.
 */
export async function pushWithIntent<T>({ record, remove }: IntentJournal, push: () => Promise<T>): Promise<T> {
  await record();
  try {
    return await push();
  } catch (error) {
    if (isSurelyNotPushed(error)) await remove();
    throw error;
  }
}

/** The intent of a push to the target itself: a row of its own. */
export function branchJournal(
  { applied }: CommitPlan,
  tip: Tip,
  target: Target,
  { store, newId, now, instance: by }: PushDeps,
): IntentJournal {
  const updates = applied.map(({ resolved }) => resolved.update);
  const intent: PushIntent = {
    id: newId(),
    target: target.key,
    base: tip.commit,
    updates,
    at: now().toISOString(),
    by,
  };
  return { record: () => store.recordIntent(intent), remove: () => store.removeIntent(intent) };
}

function isSurelyNotPushed(error: unknown): boolean {
  return error instanceof Failure && (failureKinds[error.code] === 'permanent' || surelyNotPushed.has(error.code));
}
