import { isMap, isPair, isScalar, parseDocument, visit } from 'yaml';
import type { RepositoryOption } from '../options.ts';

/** Routes whose GitOps repository is in the emulator. */
export interface RehomedRoutes {
  readonly text: string;
  readonly repository: Omit<RepositoryOption, 'directory'>;
  /** URLs that were replaced, for people. */
  readonly replaced: readonly string[];
}

const home = { organization: 'local', project: 'try' };

/**
 * Routes with one repository of the emulator. A single one in Azure Repos keeps its URL; those of other hosts, several, and URLs
 * with words are replaced. `build.repository` stays: the build names it.
 */
export function rehomeRoutes(text: string, urls: readonly string[]): RehomedRoutes {
  const all = [...new Set(urls)];
  const known = all.length === 1 ? azureRepository(all[0] ?? '') : undefined;
  if (known) return { text, repository: known, replaced: [] };
  const last = all[0]?.replace(/\.git$/, '').match(/[A-Za-z0-9._-]+$/)?.[0] ?? 'gitops';
  const repository = { ...home, name: last };
  const url = `https://dev.azure.com/${home.organization}/${home.project}/_git/${last}`;
  const document = parseDocument(text);
  visit(document, {
    Pair(_key, pair, path) {
      const isField = isScalar(pair.key) && pair.key.value === 'repository' && isScalar(pair.value);
      const around = path.findLast((node) => isPair(node));
      const isOther =
        around && isScalar(around.key) && ['build', 'helm', 'parameters'].includes(String(around.key.value));
      if (isField && !isOther && isScalar(pair.value)) pair.value.value = url;
    },
  });
  // A document that names none inherits it.
  if (isMap(document.contents) && all.length === 0) document.setIn(['defaults', 'repository'], url);
  return { text: document.toString({ lineWidth: 0 }), repository, replaced: all };
}

function azureRepository(url: string): Omit<RepositoryOption, 'directory'> | undefined {
  const pattern = /^https:\/\/(?:[^@/]*@)?dev\.azure\.com\/([^/{}]+)\/([^/{}]+)\/_git\/([^/{}]+)$/;
  const [organization, project, name] = pattern.exec(url)?.slice(1).map(decodeURIComponent) ?? [];
  return organization !== undefined && project !== undefined && name !== undefined
    ? { organization, project, name }
    : undefined;
}
