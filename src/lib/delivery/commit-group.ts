import { Failure } from '../model/failure.ts';
import type { FailureCode } from '../model/failure.ts';
import type { Outcome } from '../model/outcome.ts';
import { deliverOnce } from './commit/deliver-once.ts';
import type { DeliverDeps, PushDeps, Target } from './delivery.ts';
import type { ResolvedUpdate } from '../values/inspect.ts';
import { proposeOnce } from './propose/propose-once.ts';

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
/** The latest start of a try after the first; then the messages go back to their queue. */
const patienceMs = 12_000;
const shortestBackoffMs = 60;
const longestBackoffMs = 2_000;

/**
 * Delivers updates of one branch in one commit: tip, files, decision, push if the tip has not moved. If it has, all of them
 * fail with `branch-moved` and are planned again from the start. A group that is refused permanently as a
 * whole, or that meets a row of a newer version, is halved until the culprit stands alone.
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
    const isOfOne = error.kind === 'permanent' || error.code === 'row-newer';
    if (!isOfOne || group.length === 1) {
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
  let mayHaveLanded = false;
  for (let tries = 1; ; tries += 1) {
    const startedAt = deps.now().getTime();
    try {
      const { proposal } = target;
      if (proposal) return await proposeOnce(group, target, proposal, deps);
      const outcomes = await deliverOnce(group, target, deps);
      return mayHaveLanded ? await ownCommits(group, outcomes, deps) : outcomes;
    } catch (error) {
      mayHaveLanded ||= error instanceof Failure && error.code === 'answer-lost';
      const limit = error instanceof Failure ? triesFor(error.code, mayHaveLanded) : 1;
      const failedAt = deps.now().getTime();
      if (tries >= limit || failedAt > lastTryAt) throw error;
      await deps.sleep(backoffMs(tries, failedAt - startedAt) * (0.5 + deps.random()));
    }
  }
}

/** After a commit that may have landed, the next tries search for it instead of giving up. */
function triesFor(code: FailureCode, mayHaveLanded: boolean): number {
  return maxTries[mayHaveLanded && code === 'branch-moved' ? 'answer-lost' : code] ?? 1;
}

/** A commit of an earlier try whose answer was lost is a commit of this delivery. */
async function ownCommits(
  group: readonly ResolvedUpdate[],
  outcomes: ReadonlyMap<string, Outcome>,
  { store }: DeliverDeps,
): Promise<ReadonlyMap<string, Outcome>> {
  const found = new Map(outcomes);
  for (const { update } of group) {
    const outcome = outcomes.get(update.id);
    if (outcome?.kind !== 'done-before' || outcome.state !== 'committed') continue;
    const { commit, branch, previous } = (await store.find(update)) ?? {};
    if (commit === undefined || branch === undefined || commit !== outcome.commit) continue;
    const groupSize = [...outcomes.values()].filter((other) => 'commit' in other && other.commit === commit).length;
    found.set(update.id, { kind: 'committed', commit, branch, groupSize, ...(previous !== undefined && { previous }) });
  }
  return found;
}

/** About the duration of a try, longer each time. */
function backoffMs(tries: number, tryTookMs: number): number {
  return Math.min(Math.max(tryTookMs, shortestBackoffMs) * Math.min(tries, 4), longestBackoffMs);
}
