import type { HostRules } from '../read/host-rules.ts';
import { registryFault } from '../read/host-rules.ts';
import {
  isFault,
  parseImagePattern,
  variantsOf,
  type ImagePattern,
  type PatternVariant,
} from '../match/image-pattern.ts';
import { checkName, checkWhere } from './check-captures.ts';
import type { ReportInRoute } from './check-captures.ts';
import { mergeLayers } from './merge-layers.ts';
import { didYouMean } from '../read/suggest.ts';
import { reportAt, type ParsedDocument } from '../read/parse-document.ts';
import type { Layer, Step } from '../read/source-map.ts';
import type { ProblemCode } from '../read/problem-codes.ts';
import type { Problems } from '../read/problems.ts';
import {
  environmentFieldNames,
  type DocumentSettings,
  type EnvironmentSettings,
  type RouteSettings,
} from '../read/schema.ts';
import { formatValue } from '../read/format-value.ts';
import { isConsequence } from '../read/reported-fields.ts';
import { placeholdersIn, type Fault } from '../read/placeholders.ts';

/** A route with merged layers and unexpanded captures. */
export interface MergedRoute {
  readonly name: string;
  readonly document: ParsedDocument;
  readonly settings: RouteSettings;
  readonly image: ImagePattern;
  /** False if `image` or `where` is invalid, so that the images of the route are unknown. */
  readonly isMatchable: boolean;
  /** The image's segments for each combination of values in `where`. */
  readonly variants: readonly PatternVariant[];
  readonly environments: ReadonlyMap<string, EnvironmentSettings>;
  /** Reports a problem of the route; the path begins at the route's map. */
  readonly report: ReportInRoute;
  /** Reports a problem of an environment; the path begins at its merged settings. */
  readonly reportIn: (environment: string, code: ProblemCode, path: readonly Step[], message: string) => void;
  /** Fields of an environment that were reported and omitted for their shape. */
  readonly reportedIn: (environment: string) => ReadonlySet<string>;
}

const maxEnvironments = 200;

/** The setting and line of a route, as text for a problem in another document; empty in its own document. */
export function placeFrom(route: MergedRoute, other: MergedRoute): string {
  if (other.document === route.document) return '';
  const { document, name } = other;
  const { line, column } = document.sourceMap.locate(document.settings, ['routes', name], 'key');
  return ` at ${document.setting}:${line}:${column}`;
}

/** Merges the layers of all routes of a document, and checks names and images. */
export function mergeRoutes(document: ParsedDocument, hosts: HostRules, problems: Problems): readonly MergedRoute[] {
  const { settings } = document;
  for (const name of Object.keys(settings.environments ?? {})) {
    const problem = environmentNameProblem(name);
    if (problem === undefined) continue;
    reportAt(
      problems,
      document,
      'name-invalid',
      { root: settings, path: ['environments', name], part: 'key' },
      problem,
    );
  }
  return Object.entries(settings.routes ?? {}).map(([name, route]) =>
    mergeRoute(name, route, document, hosts, problems),
  );
}

function mergeRoute(
  name: string,
  settings: RouteSettings,
  document: ParsedDocument,
  hosts: HostRules,
  problems: Problems,
): MergedRoute {
  const { sourceMap } = document;
  const reported = document.reported.of([['routes', name]]);
  const report: ReportInRoute = (code, path, message, part) => {
    reportAt(
      problems,
      document,
      code,
      { root: document.settings, path: ['routes', name, ...path], route: name, ...(part && { part }) },
      message,
    );
  };
  const image = readImage(name, settings, hosts, report);
  const isMatchable = image.segments.length > 0 && !reported.has('where') && !reported.has('image');
  if (isMatchable) checkName(name, image, report);
  const variants =
    !reported.has('image') && checkWhere(settings, image, report)
      ? variantsOf(image.segments, settings.where ?? {})
      : [];
  const environments = mergeEnvironments(name, settings, document, report);
  const reportedIn = (environment: string): ReadonlySet<string> => {
    return document.reported.of(layersOf(name, environment));
  };
  const reportIn: MergedRoute['reportIn'] = (environment, code, path, message) => {
    const fields = reportedIn(environment);
    if (isConsequence(fields, code, path) || (code === 'word-unknown' && reported.has('image'))) return;
    const root = environments.get(environment);
    const { found } = sourceMap.locate(root, path);
    // A field that no layer has is missing in the route.
    const where = found === 0 ? { root: document.settings, path: ['routes', name, ...path] } : { root, path };
    reportAt(problems, document, code, { ...where, route: name, environment }, message);
  };
  return { name, document, settings, image, isMatchable, variants, environments, report, reportIn, reportedIn };
}

/** The image; if it is invalid, without segments and with the captures in its text. */
function readImage(name: string, settings: RouteSettings, hosts: HostRules, report: ReportInRoute): ImagePattern {
  // Invalid fields are omitted, also required ones.
  const { image: written }: Partial<RouteSettings> = settings;
  const image = written === undefined ? undefined : parseImagePattern(written);
  if (image && !isFault(image)) {
    const fault = registryFault(image.text.slice(0, image.text.indexOf('/')), hosts);
    if (fault) report(fault.code, ['image'], `${formatValue(written)} ${fault.message}`);
    return image;
  }
  if (image) report(image.code, ['image'], `${formatValue(written)} ${image.message}`);
  return { text: '', segments: [], captures: [...new Set(placeholdersIn(written ?? name))], weight: 0 };
}

/** The paths of an environment's layers, outermost first. */
function layersOf(route: string, environment: string): readonly (readonly Step[])[] {
  return [
    ['defaults'],
    ['environments'],
    ['environments', environment],
    ['routes', route],
    ['routes', route, 'environments', environment],
  ];
}

function mergeEnvironments(
  route: string,
  settings: RouteSettings,
  { settings: { defaults, environments: common }, sourceMap, reported }: ParsedDocument,
  report: ReportInRoute,
): ReadonlyMap<string, EnvironmentSettings> {
  const own = settings.environments;
  const merged = new Map<string, EnvironmentSettings>();
  if (own === undefined && !reported.of([['routes', route]]).has('environments')) {
    report(
      'missing-field',
      ['environments'],
      'the field is missing; expected a list of names, such as [dev, prod], or a map',
    );
  }
  const names = Array.isArray(own) ? own : Object.keys(own ?? {});
  if (names.length > maxEnvironments) {
    report('wrong-value', ['environments'], `has ${names.length} environments; expected at most ${maxEnvironments}`);
  }
  for (const [index, name] of names.slice(0, maxEnvironments).entries()) {
    const at = Array.isArray(own) ? index : name;
    const fault = environmentFault(name, merged, Array.isArray(own) ? common : undefined);
    if (fault?.code === 'environment-unknown' && reported.of([['environments'], ['environments', name]]).has('*'))
      continue;
    if (fault) {
      report(fault.code, ['environments', at], fault.message, 'key');
      continue;
    }
    const inRoute = own && !Array.isArray(own) ? own[name] : undefined;
    const layers: (Layer | undefined)[] = [
      defaults ? { value: defaults, path: ['defaults'] } : undefined,
      common && Object.hasOwn(common, name) && common[name]
        ? { value: common[name], path: ['environments', name] }
        : undefined,
      { value: settings, path: ['routes', route] },
      inRoute ? { value: inRoute, path: ['routes', route, 'environments', name] } : undefined,
    ];
    merged.set(
      name,
      mergeLayers(
        sourceMap,
        layers.filter((layer) => layer !== undefined),
        environmentFieldNames,
      ),
    );
  }
  return merged;
}

function environmentFault(
  name: string,
  seen: ReadonlyMap<string, unknown>,
  known: DocumentSettings['environments'],
): Fault | undefined {
  const problem = environmentNameProblem(name);
  if (problem !== undefined) return { code: 'name-invalid', message: problem };
  if (seen.has(name)) return { code: 'name-twice', message: `the environment \`${name}\` is in the list twice` };
  if (!known || Object.hasOwn(known, name)) return undefined;
  const names = Object.keys(known);
  const near = didYouMean(name, names) || `; expected one of ${names.map((known) => `\`${known}\``).join(', ')}`;
  return { code: 'environment-unknown', message: `\`${name}\` is not an environment of this document${near}` };
}

function environmentNameProblem(name: string): string | undefined {
  if (/^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/.test(name)) return undefined;
  return `${formatValue(name)} is not a valid environment name; expected at most 63 letters, digits, \`.\`, \`_\` and \`-\``;
}
