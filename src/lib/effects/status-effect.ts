import type { RecordEffect } from './run-effects.ts';
import { Failure } from '../model/failure.ts';
import type { Log } from '../model/log.ts';
import { environmentOf } from './environment-of.ts';
import { findPosts } from './desired-posts.ts';
import type { Post, PostDeps } from './desired-posts.ts';
import { KnownContexts } from './known-contexts.ts';
import type { Member } from './member.ts';
import { postDue } from './post-due.ts';
import type { PostedStore } from './posted.ts';
import { shareRuns } from '../async/share-runs.ts';
import { filterFor, targetFields, targetKey, targetsOf } from './targets.ts';
import type { StatusTarget } from './targets.ts';

export interface StatusEffectDeps extends Omit<PostDeps, 'contexts'> {
  readonly posted: PostedStore;
}

/** Rounds of reading and posting while records change. Later changes run their own effects. */
const maxRounds = 5;

/**
 * Posts the state of a deployment on the GitOps commit, the pull request, the source commit and the build. The state is
 * read from all records that share a target, and read again after the post: so the last post is true, whichever job ends
 * last.
 */
export function makeStatusEffect(given: StatusEffectDeps): RecordEffect {
  const deps = { ...given, contexts: new KnownContexts() };
  const share = shareRuns();
  /** The records that wait for a run that has not started, by run. */
  const waiting = new Map<string, Map<string, Member>>();

  function postShared(target: StatusTarget, self: Member, log: Log): Promise<void> {
    const { id } = self.deployment.update;
    // Without a filter a run reads this deployment only, so no other can share it.
    const run = filterFor(target) ? targetKey(target) : `${targetKey(target)} ${id}`;
    waiting.set(run, (waiting.get(run) ?? new Map<string, Member>()).set(id, self));
    return share(run, () => {
      const changed = [...(waiting.get(run) ?? new Map<string, Member>()).values()];
      waiting.delete(run);
      return postTarget(target, changed, log, deps);
    });
  }

  return async (deployment, log) => {
    const environment = await environmentOf(deployment, deps.findEnvironment);
    if (!environment) return deployment;
    let retryable: Failure | undefined;
    for (const target of targetsOf({ deployment, environment })) {
      try {
        if (environment.isGone === true && (await deps.posted.list(targetKey(target))).length === 0) continue;
        await postShared(target, { deployment, environment }, log);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        if (error.kind === 'retryable') retryable ??= error;
        else log('error', 'not-reported', { ...targetFields(target), code: error.code, reason: error.message });
      }
    }
    if (retryable) throw retryable;
    return deployment;
  };
}

async function postTarget(
  target: StatusTarget,
  changed: readonly Member[],
  log: Log,
  { posted, ...deps }: StatusEffectDeps & PostDeps,
): Promise<void> {
  const key = targetKey(target);
  for (let round = 0; round < maxRounds; round += 1) {
    const [posts, known] = await Promise.all([findPosts(target, changed, round > 0, deps), posted.list(key)]);
    const before = new Map(known.map((one) => [one.name, one]));
    const isDue = ({ name, value }: Post): boolean => {
      const last = before.get(name);
      return !last?.done || last.value !== value;
    };
    const due = posts.filter(isDue);
    if (due.length === 0) return;
    await postDue(due, target, before, { put: (one) => posted.put(key, one), log });
  }
}
