import { canonicalCollection, parseRepositoryUrl } from '../../net/repository-url.ts';
import { allowSchema, globFields, type AllowEntry, type Bounds } from '../read/bounds.ts';
import type { RouteDocument } from '../read/documents.ts';
import type { ParsedDocument } from '../read/parse-document.ts';
import type { Step } from '../read/source-map.ts';
import { globProblem } from '../match/glob.ts';
import { reportAt } from '../read/parse-document.ts';
import { parseYaml } from '../read/parse-yaml.ts';
import type { Problems } from '../read/problems.ts';
import { shapeProblems } from '../read/shape-problems.ts';
import { formatValue } from '../read/format-value.ts';

/** Parses the setting `ALLOW`. Reports its problems and returns `undefined` if it is invalid. */
export function parseAllow(
  { setting, text }: RouteDocument,
  collections: readonly string[],
  problems: Problems,
): Bounds | undefined {
  const { value, sourceMap, faults } = parseYaml(text);
  for (const { code, line, column, message } of faults) problems.add(code, { setting, line, column, message });
  if (faults.length > 0) return undefined;
  const shape = shapeProblems(allowSchema, value);
  for (const { code, path, part, message } of shape)
    reportAt(problems, { setting, sourceMap }, code, { root: value, path, part }, message);
  if (shape.length > 0) return undefined;
  const entries = value as AllowEntry[];
  checkGlobs(entries, { setting, sourceMap, root: value, path: [] }, problems);
  return makeBounds('ALLOW', entries, collections);
}

/** Reports each glob of the entries that is invalid. */
export function checkGlobs(
  entries: readonly AllowEntry[],
  where: Pick<ParsedDocument, 'setting' | 'sourceMap'> & { readonly root: unknown; readonly path: readonly Step[] },
  problems: Problems,
): void {
  for (const [index, entry] of entries.entries()) {
    for (const field of globFields) {
      for (const [at, glob] of (entry[field] ?? []).entries()) {
        const problem = globProblem(glob);
        if (problem === undefined) continue;
        const path = [...where.path, index, field, at];
        reportAt(problems, where, 'allow-invalid', { root: where.root, path }, `${formatValue(glob)} ${problem}`);
      }
    }
  }
}

/** Bounds whose repositories are comparable. */
export function makeBounds(name: string, entries: readonly AllowEntry[], collections: readonly string[]): Bounds {
  return {
    name,
    entries: entries.map((entry) =>
      Object.assign({}, entry, { repositories: entry.repositories.map((glob) => canonicalGlob(glob, collections)) }),
    ),
  };
}

/** The comparable form of a repository glob; globs that are not repository URLs are unchanged. */
function canonicalGlob(glob: string, collections: readonly string[]): string {
  const address = glob.includes('**')
    ? { problem: '`**` matches any number of parts' }
    : parseRepositoryUrl(glob, collections);
  if (!('problem' in address)) return comparableUrl(address.key);
  const isAzure =
    /^https:\/\/(?:dev\.azure\.com|[^/]*\.visualstudio\.com)\//i.test(glob) ||
    collections.some((url) => isWithin(glob, url));
  return isAzure ? glob.toLowerCase() : glob;
}

function isWithin(glob: string, collection: string): boolean {
  const url = canonicalCollection(collection)?.toLowerCase();
  return url !== undefined && glob.toLowerCase().startsWith(`${url}/`);
}

/** A repository's key with percent-encoding removed, as users write it. */
export function comparableUrl(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key; // A lone `%` is part of the name.
  }
}
