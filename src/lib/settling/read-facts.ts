import type { SyncedResource, SyncResult } from '../intake/sync-result.ts';
import { positionsOf, revisionsOf } from '../intake/sync-result-revisions.ts';
import { shortenMiddle } from '../model/one-line.ts';
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
      operation: {
        phase: operation.phase,
        startedAt: operation.startedAt,
        finishedAt: operation.finishedAt,
        retryCount: operation.retryCount ?? 0,
      },
      ...(operation.retryLimit !== undefined && { retryLimit: operation.retryLimit }),
    }),
    reconciledAt,
    compared,
    positions: positionsOf(result, repositoryKey, collections),
    operated: isOfPrevious(operation) ? [] : operated,
    ...comparisonErrorOf(result),
    isWithoutRevision: operation?.phase === 'Error' && operation.revisions.every((revision) => revision === ''),
    charts: chartsOf(result),
    ...(images.length > 0 && { images }),
    hasAllImages: imagesOmitted === 0,
    ...(operation && operation.message !== '' && { message: shortenMiddle(operation.message, maxMessage) }),
    ...(operation?.startedBy && { startedBy: operation.startedBy }),
    failed: (operation?.failedResources ?? []).slice(0, maxFailures).map(toFailed),
    degraded: health.degradedResources.slice(0, maxFailures).map(toFailed),
  };
}

/**
 * Argo CD merges a new operation into the status of the previous one: until its first attempt has ended, revisions and
 * message can be the previous ones.
 */
function isOfPrevious(operation: SyncResult['operation']): boolean {
  return operation?.phase === 'Running' && (operation.retryCount ?? 0) === 0;
}

/** Conditions that prevent a comparison. */
const comparisonErrors: ReadonlySet<string> = new Set(['ComparisonError', 'InvalidSpecError', 'UnknownError']);

function comparisonErrorOf({ sync, conditions, reconciledAt }: SyncResult): Pick<SyncFacts, 'comparisonError'> {
  const condition = sync.status === 'Unknown' ? conditions.find(({ type }) => comparisonErrors.has(type)) : undefined;
  if (!condition) return {};
  const { type, message, lastTransitionTime } = condition;
  const text = shortenMiddle(message === '' ? type : message, maxMessage);
  return { comparisonError: { message: text, since: lastTransitionTime ?? reconciledAt } };
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
  return { resource, ...(message !== '' && { message: shortenMiddle(message, maxMessage) }) };
}
