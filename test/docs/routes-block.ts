import { parseAllDocuments } from 'yaml';
import { readLoadOptions } from '../../src/lib/routes/load-options.ts';
import { loadRoutes } from '../../src/lib/routes/load.ts';
import { formatProblem } from '../../src/lib/routes/read/format-problem.ts';
import { readSettings } from '../../src/lib/settings/settings.ts';

/** Hosts of the examples, which an installation would name in its settings. */
const environment = {
  REGISTRIES: 'harbor.contoso.com, ghcr.io, docker.io',
  AZURE_DEVOPS_COLLECTIONS: 'https://tfs.contoso.com/tfs/DefaultCollection',
};

/**
 * What keeps a block from loading, where it is a document with routes; warnings are none of a page's business. One
 * without `defaults` and `update` shows a part, and may leave out what it is not about.
 */
export function routesProblems(text: string): string[] {
  const documents = parseAllDocuments(text);
  if (documents.length !== 1 || documents[0]?.errors.length !== 0) return [];
  const value: unknown = documents[0].toJS();
  if (typeof value !== 'object' || value === null || !('routes' in value)) return [];
  const isWhole = 'defaults' in value || /\bupdate:/.test(text);
  const { settings } = readSettings(environment);
  const { options } = readLoadOptions(environment, settings);
  return loadRoutes([{ setting: 'ROUTES', text }], options)
    .problems.filter(({ severity, code }) => severity === 'error' && (isWhole || code !== 'missing-field'))
    .map(formatProblem);
}
