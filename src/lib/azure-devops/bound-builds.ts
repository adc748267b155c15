import type { Builds } from '../model/build.ts';
import { hostOf } from '../net/host-share.ts';
import type { HostShare } from '../net/host-share.ts';

/**
 * The same builds. Work that waits for an answer takes a place of the host, also if it shares the answer to other work. Each
 * method throws `host-busy` too.
 */
export function boundBuilds(builds: Builds, hosts: Pick<HostShare, 'run'>): Builds {
  return {
    get: (address) => hosts.run(hostOf(address.collection), () => builds.get(address)),
    findByNumber: (build) => hosts.run(hostOf(build.collection), () => builds.findByNumber(build)),
    readSourceCommit: (build) =>
      hosts.run(hostOf(build.repository?.url ?? build.collection), () => builds.readSourceCommit(build)),
  };
}
