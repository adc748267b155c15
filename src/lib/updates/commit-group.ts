import { Failure } from '../failure.ts';
import type { FailureCode } from '../failure.ts';
import type { Outcome } from './outcome.ts';
import { deliverOnce } from './deliver-once.ts';
import type { PushDeps, Target } from './delivery.ts';
import type { ResolvedUpdate } from './plan/inspect.ts';
import { proposeOnce } from './pull-requests/propose-once.ts';

export interface CommitGroupDeps extends PushDeps {
  readonly sleep: (ms: number) => Promise<void>;
  /** A number in [0, 1). */
  readonly random: () => number;
}

/** How often a group is tried at once. One that lost a race for its branch goes back to those that wait for it. */
const maxTries: Partial<Record<FailureCode, number>> = {
  'answer-lost': 8,
  'service-unavailable': 3,
};
/** No try begins later than this after the first: then the messages go back to their queue. */
const patienceMs = 12_000;
const shortestBackoffMs = 60;
const longestBackoffMs = 2_000;

/**
 * Delivers updates of one branch in one commit: tip, files, decision, push if the tip is still the tip; else all of them
 * have failed with `branch-moved` and are to be planned again from the start. A group that is refused permanently as a whole is halved until the culprit stands alone.
 *
 * @returns the outcome of each update, by its id
 */
export async function commitGroup(
  group: readonly ResolvedUpdate[],
  target: Target,
  deps: CommitGroupDeps,
): Promise<ReadonlyMap<string, Outcome>> {
  try {
    return await tryUntilPushed(group, target, deps);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.kind === 'retryable' || group.length === 1) {
      return new Map(group.map(({ update }) => [update.id, { kind: 'failed', failure: error }]));
    }
    const half = Math.ceil(group.length / 2);
    const first = await commitGroup(group.slice(0, half), target, deps);
    const second = await commitGroup(group.slice(half), target, deps);
    return new Map([...first, ...second]);
  }
}

async function tryUntilPushed(
  group: readonly ResolvedUpdate[],
  target: Target,
  deps: CommitGroupDeps,
): Promise<ReadonlyMap<string, Outcome>> {
  const lastTryAt = deps.now().getTime() + patienceMs;
  for (let tries = 1; ; tries += 1) {
    const startedAt = deps.now().getTime();
    try {
      const { proposal } = target;
      return await (proposal ? proposeOnce(group, target, proposal, deps) : deliverOnce(group, target, deps));
    } catch (error) {
      const limit = error instanceof Failure ? (maxTries[error.code] ?? 1) : 1;
      const failedAt = deps.now().getTime();
      if (tries >= limit || failedAt > lastTryAt) throw error;
      await deps.sleep(backoffMs(tries, failedAt - startedAt) * (0.5 + deps.random()));
    }
  }
}

/** About as long as a try takes, and longer each time. */
function backoffMs(tries: number, tryTookMs: number): number {
  return Math.min(Math.max(tryTookMs, shortestBackoffMs) * Math.min(tries, 4), longestBackoffMs);
}
