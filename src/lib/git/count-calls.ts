import { countMethods } from '../net/count-methods.ts';
import { hostOf, silentWriteMs } from '../net/host-share.ts';
import type { HostShare } from '../net/host-share.ts';
import type { OpenRepository, Repositories } from './repositories.ts';
import type { PullRequests } from './pull-requests.ts';
import type { GitOpsRepository } from './repository.ts';

/** The same repositories, with every call to a Git host counted by its host. A repository is one object for all who open it. */
export function countCalls(repositories: Repositories, hosts: Pick<HostShare, 'call'>): Repositories {
  const byKey = new Map<string, OpenRepository>();
  return {
    open(url) {
      const { key, repository, pullRequests, statuses, sourceCommits } = repositories.open(url);
      const known = byKey.get(key);
      if (known) return { key, ...known };
      const counted = <T extends object>(adapter: T): T =>
        countMethods(adapter, (start, method) =>
          method === readAsNeeded
            ? start()
            : hosts.call(hostOf(url), async () => start(), writes.has(method) ? silentWriteMs : undefined),
        );
      const opened = {
        repository: counted(repository),
        ...(pullRequests && { pullRequests: counted(pullRequests) }),
        ...(statuses && { statuses: counted(statuses) }),
        ...(sourceCommits && { sourceCommits: counted(sourceCommits) }),
      };
      byKey.set(key, opened);
      return { key, ...opened };
    },
  };
}

/** A history is read as needed. */
const readAsNeeded: keyof GitOpsRepository = 'history';
/** Calls that push. */
const writes: ReadonlySet<PropertyKey> = new Set<keyof GitOpsRepository | keyof PullRequests>(['push', 'pushSource']);
