import type { Bounds } from './bounds.ts';
import type { RouteDocument } from './documents.ts';
import { moveMisplacedKeys } from './misplaced-keys.ts';
import { parseYaml } from './parse-yaml.ts';
import { formatSteps, type SourceMap, type Step } from './source-map.ts';
import type { Problems } from './problems.ts';
import type { ProblemCode } from './problem-codes.ts';
import { documentSchema, type DocumentSettings } from './schema.ts';
import { shapeProblems } from './shape-problems.ts';
import { ReportedFields } from './reported-fields.ts';
import { omitInvalid } from './omit-invalid.ts';

/** A document of valid shape: invalid values are reported and omitted. */
export interface ParsedDocument {
  readonly setting: string;
  readonly settings: DocumentSettings;
  readonly sourceMap: SourceMap;
  readonly reported: ReportedFields;
  /** Bounds of this document alone. */
  readonly bounds?: Bounds;
  /** Of two documents that collide, the later one has the error. */
  readonly order: number;
}

/** Parses a document and checks its shape; `undefined` if it is not YAML. */
export function parseRouteDocument(
  { setting, text, bounds }: RouteDocument,
  problems: Problems,
  order = 0,
): ParsedDocument | undefined {
  const { value, sourceMap, faults } = parseYaml(text);
  for (const { code, line, column, message } of faults) problems.add(code, { setting, line, column, message });
  if (faults.length > 0) return undefined;
  let root = withoutExtensions(value ?? {}, sourceMap);
  let shape = shapeProblems(documentSchema, root);
  const corrected = shape.length > 0 && moveMisplacedKeys(documentSchema, value ?? {}, text, sourceMap);
  if (corrected && corrected.misplaced.length > 0) {
    for (const { path, target, line, column, message } of corrected.misplaced)
      problems.add('indentation', { setting, line, column, ...routeOf(target), field: formatSteps(path), message });
    root = withoutExtensions(corrected.root, sourceMap);
    shape = shapeProblems(documentSchema, root);
  }
  const reported = new ReportedFields();
  const wrong: (readonly Step[])[] = [];
  for (const problem of shape) {
    const { code, path, part, message } = problem;
    const { line, column } = sourceMap.locate(root, path, part);
    reported.add(problem);
    wrong.push(path);
    problems.add(code, {
      setting,
      line,
      column,
      ...routeOf(path),
      ...(path.length > 0 && { field: formatSteps(path) }),
      message,
    });
  }
  const settings = omitInvalid(root, wrong, sourceMap) ?? {};
  return { setting, settings, sourceMap, reported, order, ...(bounds && { bounds }) };
}

function routeOf([section, route]: readonly Step[]): { readonly route?: string } {
  return section === 'routes' && typeof route === 'string' ? { route } : {};
}

/** Removes top-level keys that begin with `x-`: they hold anchors, as in Compose files. */
function withoutExtensions(value: unknown, sourceMap: SourceMap): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const root = Object.fromEntries(Object.entries(value).filter(([key]) => !key.startsWith('x-')));
  sourceMap.setLayers(root, [{ value, path: [] }]);
  return root;
}

/** Reports a problem with the position of its value in a document. */
export function reportAt(
  problems: Problems,
  { setting, sourceMap }: Pick<ParsedDocument, 'setting' | 'sourceMap'>,
  code: ProblemCode,
  where: {
    readonly root: unknown;
    readonly path: readonly Step[];
    readonly base?: readonly Step[];
    readonly part?: 'key' | 'value';
    readonly route?: string;
    readonly environment?: string;
  },
  message: string,
): void {
  const { line, column, path } = sourceMap.locate(where.root, where.path, where.part, where.base);
  problems.add(code, {
    setting,
    line,
    column,
    ...(where.route !== undefined && { route: where.route }),
    ...(where.environment !== undefined && { environment: where.environment }),
    ...(path.length > 0 && { field: formatSteps(path) }),
    message,
  });
}
