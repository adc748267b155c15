import type { SyncedResource, SyncResult } from '../intake/sync-result.ts';
import { revisionsOf } from '../intake/sync-result-revisions.ts';
import type { FailedResource } from '../model/progress.ts';
import type { SyncFacts } from './sync-facts.ts';

/** The largest number of resources in a record. */
export const maxFailures = 5;
const maxMessage = 300;

/**
 * The facts of a sync result that concern one repository.
 *
 * @param repositoryKey `key` of the repository's address
 * @param collections collections of Azure DevOps Server
 */
export function readFacts(result: SyncResult, repositoryKey: string, collections: readonly string[]): SyncFacts {
  const { sync, health, operation, images, imagesOmitted, reconciledAt } = result;
  const { compared, operated } = revisionsOf(result, repositoryKey, collections);
  return {
    sync: sync.status,
    health: health.status,
    healthSince: health.lastTransitionTime,
    ...(operation && {
      operation: { phase: operation.phase, startedAt: operation.startedAt, finishedAt: operation.finishedAt },
    }),
    reconciledAt,
    compared,
    operated,
    charts: chartsOf(result),
    ...(images.length > 0 && { images }),
    hasAllImages: imagesOmitted === 0,
    ...(operation && operation.message !== '' && { message: operation.message.slice(0, maxMessage) }),
    failed: (operation?.failedResources ?? []).slice(0, maxFailures).map(toFailed),
    degraded: health.degradedResources.slice(0, maxFailures).map(toFailed),
  };
}

/** The sources that are charts of a registry, with the image name of their pushes. */
function chartsOf({ sources, operation }: SyncResult): SyncFacts['charts'] {
  return sources.flatMap(({ repoUrl, chart }, index) => {
    const revision = operation?.revisions[index] ?? '';
    const isOci = repoUrl.startsWith('oci://');
    if (revision === '' || (chart === undefined && !isOci)) return [];
    const place = repoUrl.replace(/^oci:\/\//, '').replace(/\/+$/, '');
    return [{ name: chart === undefined ? place : `${place}/${chart}`, revision }];
  });
}

/** `apps/Deployment shop/api`. */
export function toFailed({
  group,
  kind,
  namespace,
  name,
  message,
}: Pick<SyncedResource, 'group' | 'kind' | 'namespace' | 'name' | 'message'>): FailedResource {
  const type = group === '' ? kind : `${group}/${kind}`;
  const resource = `${type} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
  return { resource, ...(message !== '' && { message: message.slice(0, maxMessage) }) };
}
