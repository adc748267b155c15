import { HostShare } from '../../src/lib/net/host-share.ts';

/** Updates without a known environment take no place of a host. */
export const unbounded = {
  findEnvironment: () => Promise.resolve(undefined),
  hosts: new HostShare(Infinity, () => new Date()),
};
