import { Failure, withPlace } from '../model/failure.ts';
import type { Log } from '../model/log.ts';
import type { Deployment } from '../model/deployment.ts';
import { areEffectsDone, recordVersion } from '../model/record-version.ts';
import type { DeploymentKey, DeploymentStore } from '../deployments/store.ts';

/**
 * An effect of a record: settle it by the last sync results, post its statuses, evaluate its gates. It is idempotent and
 * returns the record as it leaves it.
 *
 * @throws {Failure} after a retryable one the record is processed again; a permanent one is logged
 */
export type RecordEffect = (deployment: Deployment, log: Log) => Promise<Deployment>;

export interface RunEffectsDeps {
  /** A store that queues no effects: the later effects see the writes of the earlier ones. */
  readonly store: Pick<DeploymentStore, 'find' | 'update'>;
  /** They run in this order. */
  readonly effects: readonly RecordEffect[];
}

/**
 * Runs the effects of changed records by their present state: late and repeated jobs turn nothing back.
 *
 * @throws {Failure} the first retryable one, after all other records
 */
export async function runEffects(keys: readonly DeploymentKey[], log: Log, deps: RunEffectsDeps): Promise<void> {
  const retryable = await Promise.all(keys.map((key) => runOne(key, log, deps)));
  const first = retryable.find((failure) => failure !== undefined);
  if (first) throw first;
}

async function runOne(key: DeploymentKey, log: Log, { store, effects }: RunEffectsDeps): Promise<Failure | undefined> {
  let retryable: Failure | undefined;
  let deployment: Deployment | undefined;
  try {
    deployment = await store.find(key);
    if (!deployment || areEffectsDone(deployment)) return undefined;
    for (const effect of effects) {
      try {
        deployment = await effect(deployment, log);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        const { route, environment } = key;
        if (error.kind === 'retryable') retryable ??= withPlace(error, key);
        else
          log('error', 'not-reported', { route, environment, ...error.place, code: error.code, reason: error.message });
      }
    }
    if (retryable) {
      // Another worker may have stored the effects as done; the retry of this one has to run them.
      await store.update(key, (current) => {
        if (current?.followed === undefined) return undefined;
        const { followed: _followed, ...rest } = current;
        return rest;
      });
      return retryable;
    }
    const done = recordVersion(deployment);
    await store.update(key, (current) =>
      current && recordVersion(current) === done && current.followed !== done
        ? { ...current, followed: done }
        : undefined,
    );
    return undefined;
  } catch (error) {
    if (error instanceof Failure && error.kind === 'retryable') return withPlace(error, key);
    throw error;
  }
}
