import { parseRepositoryUrl } from '../../net/repository-url.ts';
import type { RouteTable } from '../route.ts';

const known = new WeakMap<RouteTable, ReadonlySet<string>>();

/**
 * The collections of Azure DevOps that routes use, and the operator's, in lower case. Of a pattern whose collection is
 * captured, only the operator's.
 *
 * @param named the setting `AZURE_DEVOPS_COLLECTIONS`
 */
export function knownCollections(table: RouteTable, named: readonly string[]): ReadonlySet<string> {
  const found = known.get(table);
  if (found) return found;
  const urls = table.entries.flatMap(({ example }) =>
    example.environments.flatMap(({ repository, build }) => [
      repository,
      ...(build?.repository ? [build.repository] : []),
    ]),
  );
  const collections = [...new Set(urls)].flatMap((url) => {
    const address = parseRepositoryUrl(url, named);
    return 'kind' in address && address.kind === 'azure-repos' ? [address.collection] : [];
  });
  const all = new Set([...named, ...collections].map((collection) => collection.toLowerCase()));
  known.set(table, all);
  return all;
}
