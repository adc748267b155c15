import { Failure } from '../model/failure.ts';
import type { SyncResult } from '../intake/sync-result.ts';
import type { ResolvedUpdate } from '../values/inspect.ts';
import type { ApplicationResult } from './application-result.ts';
import type { Classification, Observation } from './classify.ts';
import type { LiveResources } from './live-resources.ts';
import { toFailed } from './read-facts.ts';
import { runningOf, runsImage } from './running-image.ts';

type OwnHealth = 'healthy' | 'progressing' | 'degraded';

/**
 * The health of a deployment's own workloads, where the result of the whole application does not end it: other routes share
 * the application, and one of their workloads can fail or take longer. `undefined`: the result alone decides.
 */
export async function ownHealthIn(
  resolved: ResolvedUpdate,
  { result, isLast, isShared, resources }: ApplicationResult,
  { value, isOwnOperation }: Pick<Observation, 'value' | 'isOwnOperation'>,
  classification: Classification,
): Promise<OwnHealth | undefined> {
  const { operation, sync } = result;
  const isEnd = classification.kind === 'shown' && ['healthy', 'superseded'].includes(classification.state);
  const isDeployed = isOwnOperation || sync.status === 'Synced';
  if (!isLast || isEnd || value !== 'own' || !isDeployed || isFirstAttempt(operation)) return undefined;
  if (!(await isShared())) return undefined;
  const live = await resources().catch(undefinedIfFailed);
  return live && ownHealth(resolved, live, operation);
}

/** Until it ends, nothing shows that the workloads are the new ones. */
function isFirstAttempt(operation: SyncResult['operation']): boolean {
  return operation?.phase === 'Terminating' || (operation?.phase === 'Running' && !operation.retryCount);
}

function undefinedIfFailed(error: unknown): undefined {
  if (!(error instanceof Failure)) throw error;
}

/** Their pods end, and those of earlier runs stay. */
const runsToCompletion: ReadonlySet<string> = new Set(['Job', 'CronJob']);

/**
 * The health of the workloads that run a deployment's image, in an application that other routes deploy too; `undefined` if
 * the resources do not show it: a resource that the operation could not apply may belong to the deployment.
 */
export function ownHealth(
  resolved: ResolvedUpdate,
  { roots }: Pick<LiveResources, 'roots'>,
  operation: SyncResult['operation'],
): OwnHealth | undefined {
  const { image } = resolved.update;
  const isOwn = ({ images }: { readonly images: readonly string[] }): boolean => runningOf(image, images).length > 0;
  const others = new Set(
    roots.filter((root) => root.images.length > 0 && !isOwn(root)).map(({ resource }) => resource),
  );
  if (operation && hasFailed(operation)) {
    const { failedResources, failedResourcesOmitted } = operation;
    const isForeign = failedResources.every((failed) => others.has(toFailed({ ...failed, message: '' }).resource));
    if (failedResources.length === 0 || failedResourcesOmitted > 0 || !isForeign) return undefined;
  }
  const own = roots.filter(isOwn);
  if (own.some(({ health }) => health === 'Degraded')) return 'degraded';
  const lasting = own.filter(({ kind }) => !runsToCompletion.has(kind));
  if (lasting.length === 0) return undefined;
  const isDeployed = lasting.every(
    ({ health, images }) =>
      health === 'Healthy' && runsImage(resolved, { images, hasAllImages: true, charts: [] }) === true,
  );
  return isDeployed ? 'healthy' : 'progressing';
}

function hasFailed({ phase, retryCount = 0 }: NonNullable<SyncResult['operation']>): boolean {
  return phase === 'Failed' || phase === 'Error' || (phase === 'Running' && retryCount > 0);
}
