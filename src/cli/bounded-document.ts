import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { parseRepositoryUrl } from '../lib/net/repository-url.ts';
import type { RouteDocument } from '../lib/routes/read/documents.ts';
import { problemSeverities } from '../lib/routes/read/problem-codes.ts';
import type { Problem } from '../lib/routes/route.ts';
import { boundsOfDocument, wordsOf } from '../lib/routes/routes-source.ts';
import type { RoutesSource } from '../lib/routes/routes-source.ts';
import type { Settings } from '../lib/settings/settings.ts';
import { gitOrigin } from './git-origin.ts';

export interface BoundedDocument {
  readonly document: RouteDocument;
  readonly problems: readonly Problem[];
}

/**
 * A routes file in a checkout of a repository of `ROUTES_FROM`, with the bounds that the app will give it. A checkout whose
 * clone URL is unknown can be one of any repository.
 */
export async function boundedDocument(
  document: RouteDocument,
  path: string,
  { routesFrom = [], azureDevOpsCollections: collections }: Pick<Settings, 'routesFrom' | 'azureDevOpsCollections'>,
): Promise<BoundedDocument> {
  const checkout = routesFrom.length === 0 ? undefined : checkoutOf(path);
  if (checkout === undefined) return { document, problems: [] };
  const { repository } = await gitOrigin(checkout);
  const key = repository === undefined ? undefined : keyOf(repository, collections);
  const sources = routesFrom.filter((source) => key === undefined || keyOf(source.repository, collections) === key);
  const file = relative(checkout, path).replaceAll('\\', '/');
  for (const source of sources) {
    const words = wordsOf(source, file);
    if (!words) continue;
    const bounds = boundsOfDocument(source, words, collections);
    return { document: { ...document, ...(bounds && { bounds }) }, problems: [] };
  }
  return { document, problems: key === undefined || sources.length === 0 ? [] : [notRead(document, file, sources)] };
}

function notRead({ setting }: RouteDocument, file: string, sources: readonly RoutesSource[]): Problem {
  const code = 'source-unmatched';
  const paths = sources.map(({ path }) => path).join(', ');
  const message = `the app does not read ${file}: no \`path\` of ROUTES_FROM matches it; expected ${paths}`;
  return { severity: problemSeverities[code], code, setting, message };
}

/** The folder above a file that has a `.git`. */
function checkoutOf(path: string): string | undefined {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (existsSync(join(folder, '.git'))) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}

function keyOf(url: string, collections: readonly string[]): string {
  const address = parseRepositoryUrl(url, collections);
  return 'key' in address ? address.key : url;
}
