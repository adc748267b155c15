import { parseRepositoryUrl } from '../net/repository-url.ts';
import type { SyncResult, SyncSource } from './sync-result.ts';

/** The commits of one GitOps repository that a sync result speaks of, each once. */
export interface RepositoryRevisions {
  /** The revision of the comparison: counts if the application is Synced. */
  readonly compared: readonly string[];
  /** The revision that the last operation synced, or was requested to. */
  readonly operated: readonly string[];
}

/**
 * Finds the commits of a repository among a result's revisions: several where several sources are of it. With the source
 * hydrator it is the dry commit, and only where the hydrated one is the revision.
 *
 * @param repositoryKey `key` of the repository's address
 * @param azureDevOpsCollections collections of Azure DevOps Server, whose URLs look like any other
 */
export function revisionsOf(
  result: Pick<SyncResult, 'sources' | 'hydrator' | 'sync' | 'operation'>,
  repositoryKey: string,
  azureDevOpsCollections: readonly string[] = [],
): RepositoryRevisions {
  const { sources, hydrator, sync, operation } = result;
  const commits = (revisions: readonly string[]): string[] => {
    if (hydrator) {
      const { source, drySha, hydratedSha } = hydrator;
      const isRendered = hydratedSha !== undefined && revisions.includes(hydratedSha);
      return isRendered && drySha !== undefined && isSource(source) ? [drySha] : [];
    }
    return revisions.filter((_, index) => isSource(sources[index]));
  };
  const isSource = (source: SyncSource | undefined): boolean =>
    isSourceOf(source, repositoryKey, azureDevOpsCollections);
  return { compared: known(commits(sync.revisions)), operated: known(commits(operation?.revisions ?? [])) };
}

/** The indexes of the sources that are of a repository, with their compared commits; none with the source hydrator. */
export function positionsOf(
  { sources, sync }: Pick<SyncResult, 'sources' | 'sync'>,
  repositoryKey: string,
  azureDevOpsCollections: readonly string[] = [],
): readonly { readonly index: number; readonly revision: string }[] {
  return sync.revisions.flatMap((text, index) =>
    isSourceOf(sources[index], repositoryKey, azureDevOpsCollections)
      ? known([text]).map((revision) => ({ index, revision }))
      : [],
  );
}

function isSourceOf(source: SyncSource | undefined, repositoryKey: string, collections: readonly string[]): boolean {
  return source !== undefined && source.chart === undefined && keyOf(source.repoUrl, collections) === repositoryKey;
}

const commitPattern = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i;

function known(revisions: readonly string[]): string[] {
  return [...new Set(revisions.filter((text) => commitPattern.test(text)).map((commit) => commit.toLowerCase()))];
}

/** Whether a URL as Argo CD has it names the repository of a key. */
export function isUrlOf(url: string, repositoryKey: string, collections: readonly string[]): boolean {
  return keyOf(url, collections) === repositoryKey;
}

/** SSH forms and a user with or without a password are the same repository as the plain `https` URL. */
function keyOf(url: string, collections: readonly string[]): string | undefined {
  const plain = url
    .replace(/^(https?:\/\/)[^@/\s]*@/i, '$1')
    .replace(/^(ssh:\/\/[^@/\s]+@(?:ssh\.dev\.azure\.com|vs-ssh\.visualstudio\.com)):\d+\//i, '$1/');
  const address = parseRepositoryUrl(plain, collections);
  if ('key' in address) return address.key;
  const [, host, path] = /^(?:ssh:\/\/)?[^@/\s]+@([a-z0-9.-]+)(?::\d+(?=\/)|:(?!\/))?\/?(.+)$/i.exec(url) ?? [];
  if (host === undefined || path === undefined) return undefined;
  const secure = parseRepositoryUrl(`https://${host}/${path}`, collections);
  return 'key' in secure ? secure.key : undefined;
}
