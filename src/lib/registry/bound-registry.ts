import { registryHost } from '../net/host-share.ts';
import type { HostShare } from '../net/host-share.ts';
import type { Registry, TagLister } from './registry.ts';

/**
 * The same registries, for work outside of deliveries: while it waits for an answer, it takes a place of the registry. Each
 * method throws `host-busy` too.
 */
export function boundRegistry(asked: Registry & TagLister, hosts: Pick<HostShare, 'run'>): Registry & TagLister {
  const bound = <T>({ registry }: { readonly registry: string }, ask: () => Promise<T>): Promise<T> =>
    hosts.run(registryHost(registry), ask);
  return {
    lookUp: (image, options) => bound(image, () => asked.lookUp(image, options)),
    inspect: (image) => bound(image, () => asked.inspect(image)),
    describe: (image) => bound(image, () => asked.describe(image)),
    recentTags: (repository, page) => bound(repository, () => asked.recentTags(repository, page)),
  };
}
