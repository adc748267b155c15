import { z } from 'zod';
import { canonicalCollection, parseRepositoryUrl } from '../../net/repository-url.ts';
import type { RouteDocument } from '../read/documents.ts';
import { globProblem } from '../match/glob.ts';
import { reportAt } from '../read/parse-document.ts';
import { parseYaml } from '../read/parse-yaml.ts';
import type { Problems } from '../read/problems.ts';
import { environmentSchema } from '../read/schema.ts';
import { shapeProblems } from '../read/shape-problems.ts';
import { formatValue } from '../read/format-value.ts';

const globs = z.array(z.string().min(1)).min(1).max(1000);
const globFields = ['images', 'repositories', 'branches', 'paths', 'applications'] as const;

const requiredSchema = environmentSchema.pick({
  delivery: true,
  branch: true,
  from: true,
  build: true,
  promoteFrom: true,
  onFailure: true,
  pullRequest: true,
  skipCi: true,
  missing: true,
});

const allowSchema = z
  .array(
    z.strictObject({
      images: globs,
      repositories: globs,
      branches: globs.optional(),
      paths: globs,
      applications: globs.optional(),
      require: z.record(z.string(), requiredSchema).optional(),
    }),
  )
  .max(1000);

/** Bounds of the routes' writes. A write that no entry allows is refused. */
export type Allow = z.infer<typeof allowSchema>;

/** Parses the setting `ALLOW`. Reports its problems and returns `undefined` if it is invalid. */
export function parseAllow(
  { setting, text }: RouteDocument,
  collections: readonly string[],
  problems: Problems,
): Allow | undefined {
  const { value, sourceMap, faults } = parseYaml(text);
  for (const { code, line, column, message } of faults) problems.add(code, { setting, line, column, message });
  if (faults.length > 0) return undefined;
  const shape = shapeProblems(allowSchema, value);
  for (const { code, path, part, message } of shape)
    reportAt(problems, { setting, sourceMap }, code, { root: value, path, part }, message);
  if (shape.length > 0) return undefined;
  const entries = value as Allow;
  for (const [index, entry] of entries.entries()) {
    for (const field of globFields) {
      for (const [at, glob] of (entry[field] ?? []).entries()) {
        const problem = globProblem(glob);
        if (problem === undefined) continue;
        reportAt(
          problems,
          { setting, sourceMap },
          'allow-invalid',
          { root: value, path: [index, field, at] },
          `${formatValue(glob)} ${problem}`,
        );
      }
    }
  }
  return entries.map((entry) => {
    const repositories = entry.repositories.map((glob) => canonicalGlob(glob, collections));
    return Object.assign({}, entry, { repositories });
  });
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
