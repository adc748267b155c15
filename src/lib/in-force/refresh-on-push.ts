import type { DevOpsEvent } from '../intake/devops-event.ts';
import type { Log } from '../model/log.ts';
import { collectionStoodInFor } from '../net/hosts.ts';
import type { HostPolicy } from '../net/hosts.ts';
import { parseRepositoryUrl } from '../net/repository-url.ts';
import type { AzureReposAddress } from '../net/repository-url.ts';
import type { RoutesSource } from '../routes/routes-source.ts';

export type PushEvent = Extract<DevOpsEvent, { kind: 'push' }>;

export interface RefreshOnPushDeps {
  readonly sources: readonly Pick<RoutesSource, 'repository'>[];
  readonly hosts: HostPolicy;
  readonly refresh: (log: Log) => Promise<void>;
}

/** Reads the routes documents after a push to one of their repositories; false after a push to another repository. */
export function makeRefreshOnPush({ sources, hosts, refresh }: RefreshOnPushDeps) {
  const { azureDevOpsCollections: collections } = hosts;
  const addresses = sources.flatMap(({ repository }) => azureRepos(repository, collections) ?? []);
  const known = new Set(addresses.map(({ collection }) => collection.toLowerCase()));
  return async (push: Pick<PushEvent, 'collection' | 'repository'>, log: Log): Promise<boolean> => {
    const collection = collectionStoodInFor(push.collection, hosts, known).toLowerCase();
    const pushed = push.repository === undefined ? undefined : azureRepos(push.repository, collections);
    const isOurs = addresses.some(
      (one) => one.collection.toLowerCase() === collection && (!pushed || isSameName(one, pushed)),
    );
    if (isOurs) await refresh(log);
    return isOurs;
  };
}

/** A collection can have two URLs, so only the names are compared. */
function isSameName(a: AzureReposAddress, b: AzureReposAddress): boolean {
  return nameOf(a) === nameOf(b);
}

function nameOf({ project, repository }: AzureReposAddress): string {
  return `${project}/${repository}`.toLowerCase();
}

function azureRepos(url: string, collections: readonly string[]): AzureReposAddress | undefined {
  const address = parseRepositoryUrl(url, collections);
  return 'kind' in address && address.kind === 'azure-repos' ? address : undefined;
}
