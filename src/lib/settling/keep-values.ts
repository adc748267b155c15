import type { EnvironmentKey } from '../deployments/store.ts';
import type { SyncResult } from '../intake/sync-result.ts';
import { Failure } from '../model/failure.ts';
import { imageName } from '../model/image-reference.ts';
import type { TagUpdate } from '../model/tag-update.ts';
import type { Environment } from '../routes/route.ts';
import { withShown } from './kept-values.ts';
import type { ImageAt } from './revisions.ts';
import type { SettleStore, ValueStore } from './settle-store.ts';
import type { SyncFacts } from './sync-facts.ts';

/** Keeps the values that the results of an application show, for environments with `onFailure`. */
export interface KeepValues {
  /** @throws {Failure} the first retryable one, after all other environments */
  readonly ofResult: (application: string, result: SyncResult) => Promise<void>;
  /** The last result before the first record of an environment. */
  readonly ofDeployment: (application: string, result: SyncResult, update: TagUpdate) => Promise<void>;
}

/** The environment of these names, and its image; `undefined` if no route has it. */
export type FindNamed = (
  key: EnvironmentKey,
) => Promise<{ readonly environment: Environment; readonly image: string } | undefined>;

export interface KeepValuesDeps {
  readonly results: Pick<SettleStore, 'users'> & Pick<ValueStore, 'changeValues'>;
  readonly findNamed: FindNamed;
  readonly findEnvironment: (update: TagUpdate) => Promise<Environment | undefined>;
  readonly factsOf: (result: SyncResult, repository: string) => SyncFacts;
  readonly imageAt: ImageAt;
  /** Whether any environment has `onFailure`. */
  readonly isUsed: () => Promise<boolean>;
}

export function makeKeepValues(deps: KeepValuesDeps): KeepValues {
  const { results, findNamed, findEnvironment, factsOf, imageAt, isUsed } = deps;

  async function keep(
    application: string,
    result: SyncResult,
    place: { readonly route: string; readonly environment: Environment; readonly image: string },
  ): Promise<void> {
    const { route, environment } = place;
    if (environment.onFailure === 'none') return;
    const facts = factsOf(result, environment.repository);
    const revision = revisionOf(facts);
    const image = revision === undefined ? undefined : await imageAt(place, revision);
    if (revision === undefined || image === undefined) return;
    const shown = { image, revision, health: result.health.status, times: timesOf(result) };
    await results.changeValues(application, { route, environment: environment.name }, (kept) =>
      withShown(kept, shown, isHealthy(facts)),
    );
  }

  return {
    async ofResult(application, result) {
      if (!(await isUsed())) return;
      let failure: Failure | undefined;
      for (const key of await results.users(application)) {
        try {
          const named = await findNamed(key);
          if (named) await keep(application, result, { ...named, route: key.route });
        } catch (error) {
          // A Git host that does not answer holds up no other environment.
          if (!(error instanceof Failure) || error.kind !== 'retryable') throw error;
          failure ??= error;
        }
      }
      if (failure) throw failure;
    },
    async ofDeployment(application, result, update) {
      const environment = await findEnvironment(update);
      if (environment)
        await keep(application, result, { environment, image: imageName(update.image), route: update.route });
    },
  };
}

/** The revision whose manifests the application runs. */
function revisionOf({ sync, compared, operated }: SyncFacts): string | undefined {
  return sync === 'Synced' ? compared[0] : (operated[0] ?? compared[0]);
}

/** Healthy after an operation that succeeded. */
function isHealthy({ sync, health, operation, compared, operated, reconciledAt }: SyncFacts): boolean {
  if (health !== 'Healthy' || operation?.phase !== 'Succeeded') return false;
  const { finishedAt } = operation;
  const isReadAfter =
    finishedAt !== undefined && reconciledAt !== undefined && Date.parse(reconciledAt) >= Date.parse(finishedAt);
  // Resources that are not pruned keep an application OutOfSync.
  const isDeployed = sync === 'Synced' || compared.every((revision) => operated.includes(revision));
  return isReadAfter && isDeployed;
}

function timesOf({ operation, health, reconciledAt }: SyncResult) {
  const { lastTransitionTime } = health;
  return {
    ...(operation && {
      operation: {
        startedAt: operation.startedAt,
        ...(operation.finishedAt !== undefined && { finishedAt: operation.finishedAt }),
      },
    }),
    health: lastTransitionTime === undefined ? {} : { lastTransitionTime },
    ...(reconciledAt !== undefined && { reconciledAt }),
  };
}
