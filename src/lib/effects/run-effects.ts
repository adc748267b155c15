import { Failure, withPlace } from '../model/failure.ts';
import type { Log } from '../model/log.ts';
import type { Deployment } from '../model/deployment.ts';
import { followMark, isFollowed } from './effect-jobs.ts';
import type { DeploymentKey, DeploymentStore } from '../deployments/store.ts';

/**
 * One thing that follows from a record: settling it against what Argo CD said last, reporting it, completing its gates.
 * It does the same again without harm, and gives the record as it leaves it.
 *
 * @throws {Failure} a retryable one brings the record back later; a permanent one is logged, and the other steps go on
 */
export type FollowStep = (deployment: Deployment, log: Log) => Promise<Deployment>;

export interface FollowUpDeps {
  /** The store that announces nothing: what a step writes is followed by the steps after it. */
  readonly store: Pick<DeploymentStore, 'find' | 'update'>;
  /** In this order. */
  readonly steps: readonly FollowStep[];
}

/**
 * Does what follows from records that have changed, by each as it is now: late and doubled jobs turn nothing back.
 *
 * @throws {Failure} the first retryable one, after everything else has been done
 */
export async function followUp(keys: readonly DeploymentKey[], log: Log, deps: FollowUpDeps): Promise<void> {
  const retryable = await Promise.all(keys.map((key) => followOne(key, log, deps)));
  const first = retryable.find((failure) => failure !== undefined);
  if (first) throw first;
}

async function followOne(key: DeploymentKey, log: Log, { store, steps }: FollowUpDeps): Promise<Failure | undefined> {
  let retryable: Failure | undefined;
  let deployment: Deployment | undefined;
  try {
    deployment = await store.find(key);
    if (!deployment || isFollowed(deployment)) return undefined;
    for (const step of steps) {
      try {
        deployment = await step(deployment, log);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        const { route, environment } = key;
        if (error.kind === 'retryable') retryable ??= withPlace(error, key);
        else
          log('error', 'not-reported', { route, environment, ...error.place, code: error.code, reason: error.message });
      }
    }
    if (retryable) {
      // Another worker may have followed it meanwhile, and this one's message is to find it unfollowed.
      await store.update(key, (current) => {
        if (current?.followed === undefined) return undefined;
        const { followed: _followed, ...rest } = current;
        return rest;
      });
      return retryable;
    }
    const done = followMark(deployment);
    await store.update(key, (current) =>
      current && followMark(current) === done && current.followed !== done ? { ...current, followed: done } : undefined,
    );
    return undefined;
  } catch (error) {
    if (error instanceof Failure && error.kind === 'retryable') return withPlace(error, key);
    throw error;
  }
}
