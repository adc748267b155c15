import { canonicalCollection } from '../../../lib/net/repository-url.ts';
import { knownCollections } from '../../../lib/routes/check/known-collections.ts';
import type { RouteTable } from '../../../lib/routes/route.ts';
import { UsageError } from '../../command.ts';
import type { ProjectAddress } from './wanted-hooks.ts';

/**
 * Reads `--project https://dev.azure.com/contoso/shop`.
 *
 * @throws {UsageError} also where neither routes nor `AZURE_DEVOPS_COLLECTIONS` name the collection
 */
export function readProject(text: string, table: RouteTable, collections: readonly string[]): ProjectAddress {
  const [, base = '', name = ''] = /^(.*)\/([^/]+)\/?$/.exec(text) ?? [];
  const collection = canonicalCollection(base);
  if (collection === undefined || name === '') {
    throw new UsageError(`--project is \`${text}\`; expected a URL such as https://dev.azure.com/contoso/shop`);
  }
  if (!knownCollections(table, collections).has(collection.toLowerCase())) {
    throw new UsageError(`--project is \`${text}\`, and no route uses ${collection}`);
  }
  return { collection, project: decodeName(name) };
}

function decodeName(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name; // A lone `%` is part of the name.
  }
}
