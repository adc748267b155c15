import { z } from 'zod';
import { checkGlobs } from '../routes/check/allow.ts';
import { globProblem } from '../routes/match/glob.ts';
import { globFields, allowSchema } from '../routes/read/bounds.ts';
import { formatValue } from '../routes/read/format-value.ts';
import { readRepository } from '../routes/read/host-rules.ts';
import type { HostRules } from '../routes/read/host-rules.ts';
import { reportAt } from '../routes/read/parse-document.ts';
import { parseYaml } from '../routes/read/parse-yaml.ts';
import { placeholderName, placeholdersIn } from '../routes/read/placeholders.ts';
import { Problems } from '../routes/read/problems.ts';
import { shapeProblems } from '../routes/read/shape-problems.ts';
import type { Step } from '../routes/read/source-map.ts';
import type { Problem } from '../routes/route.ts';
import { globOf } from '../routes/routes-source.ts';
import type { RoutesSource } from '../routes/routes-source.ts';

const setting = 'ROUTES_FROM';

const routesFromSchema = z
  .array(
    z.strictObject({
      repository: z.string().min(1),
      branch: z.string().min(1).optional(),
      path: z.string().min(1).max(500),
      allow: allowSchema.optional(),
    }),
  )
  .max(500);

/** Reads the setting `ROUTES_FROM`, YAML or JSON. Without sources if it has an error. */
export function readRoutesFrom(
  text: string | undefined,
  hosts: HostRules,
): { readonly sources: readonly RoutesSource[] | undefined; readonly problems: readonly Problem[] } {
  if (text === undefined) return { sources: [], problems: [] };
  const problems = new Problems();
  const { value, sourceMap, faults } = parseYaml(text);
  for (const { code, line, column, message } of faults) problems.add(code, { setting, line, column, message });
  // A file with comments only.
  if (faults.length === 0 && (value ?? null) === null) return { sources: [], problems: [] };
  const where = { setting, sourceMap };
  const report = (path: readonly Step[], message: string): void =>
    reportAt(problems, where, 'setting-malformed', { root: value, path }, message);
  for (const { code, path, part, message } of faults.length > 0 ? [] : shapeProblems(routesFromSchema, value))
    reportAt(problems, where, code, { root: value, path, part }, message);
  const parsed = routesFromSchema.safeParse(value);
  for (const [index, source] of (parsed.success && faults.length === 0 ? parsed.data : []).entries()) {
    const address = readRepository(source.repository, hosts);
    if ('code' in address) report([index, 'repository'], `${formatValue(source.repository)} ${address.message}`);
    const fault = pathFault(source.path);
    if (fault !== undefined) report([index, 'path'], `${formatValue(source.path)} ${fault}`);
    const known = placeholdersIn(source.path);
    for (const [at, entry] of (source.allow ?? []).entries()) {
      for (const field of globFields) {
        for (const [nth, glob] of (entry[field] ?? []).entries()) {
          const unknown = placeholdersIn(glob).find((word) => !known.includes(word));
          if (unknown !== undefined)
            report([index, 'allow', at, field, nth], `has \`{${unknown}}\`, which is not a capture of \`path\``);
        }
      }
    }
    const filled = (source.allow ?? []).map((entry) =>
      Object.assign({}, entry, Object.fromEntries(globFields.map((field) => [field, entry[field]?.map(filledIn)]))),
    );
    checkGlobs(filled, { ...where, root: value, path: [index, 'allow'] }, problems);
  }
  return { sources: parsed.success && !problems.hasErrors ? parsed.data : undefined, problems: problems.list() };
}

function filledIn(glob: string): string {
  return glob.replace(/\{[^{}]*\}/g, 'x');
}

function pathFault(path: string): string | undefined {
  const words = placeholdersIn(path);
  const invalid = words.find((word) => !placeholderName.test(word));
  if (invalid !== undefined) return `has \`{${invalid}}\`; expected a word of letters, digits and _`;
  if (new Set(words).size < words.length) return 'has a capture twice';
  if (path.startsWith('/') || path.split('/').some((part) => part === '' || part === '.' || part === '..'))
    return 'is not a path in the repository; expected a path such as teams/{team}/routes.yaml';
  const parts = path.split('/');
  if (parts.some((part) => part.includes('{') && /[*?]/.test(part)))
    return 'has a capture and `*` or `?` in one part; expected one of them';
  const last = parts.findLastIndex((part) => part.includes('{'));
  if (parts.slice(0, Math.max(last, 0)).includes('**')) return 'has a capture below `**`; expected it before `**`';
  return globProblem(globOf({ path }));
}
