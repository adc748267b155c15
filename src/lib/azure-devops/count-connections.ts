import { countMethods } from '../net/count-methods.ts';
import { hostOf } from '../net/host-share.ts';
import type { HostShare } from '../net/host-share.ts';
import type { DevOpsConnections } from './connections.ts';

/**
 * The same connections, with every call about builds and source commits counted by the host of its collection. Repositories
 * are opened with the connections themselves, because their calls are counted too.
 */
export function countConnections(connections: DevOpsConnections, hosts: Pick<HostShare, 'call'>): DevOpsConnections {
  return (collection) => {
    const connection = connections(collection);
    const counted = <T extends object>(api: T): T =>
      countMethods(api, (start) => hosts.call(hostOf(collection), async () => start()));
    return { ...connection, git: counted(connection.git), build: counted(connection.build) };
  };
}
