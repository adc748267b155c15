import type { HostRules } from '../read/host-rules.ts';
import { registryFault } from '../read/host-rules.ts';
import {
  isCaptureValue,
  isFault,
  parseImagePattern,
  parseSegments,
  variantsOf,
  type ImagePattern,
  type PatternSegment,
} from '../match/image-pattern.ts';
import { mergeLayers } from './merge-layers.ts';
import { didYouMean } from '../read/suggest.ts';
import { tellAt, type ParsedDocument } from '../read/parse-document.ts';
import type { Layer, Step } from '../read/source-map.ts';
import type { ProblemCode } from '../read/problem-codes.ts';
import type { Problems } from '../read/problems.ts';
import {
  environmentFieldNames,
  type DocumentSettings,
  type EnvironmentSettings,
  type RouteSettings,
} from '../read/schema.ts';
import { show } from '../read/format-value.ts';
import { isConsequence } from '../read/reported-fields.ts';
import { wordsIn, type Fault, type Words } from '../read/placeholders.ts';

/** A route as it was written: layers are merged, captures are not expanded. */
export interface WrittenRoute {
  readonly name: string;
  readonly document: ParsedDocument;
  readonly settings: RouteSettings;
  readonly image: ImagePattern;
  /** False where the image, or what limits it, is wrong, so that nobody knows which images the route takes. */
  readonly isMatchable: boolean;
  /** The image's segments with every combination of the values that `where` allows. */
  readonly variants: readonly { readonly segments: readonly PatternSegment[]; readonly fixed: Words }[];
  readonly environments: ReadonlyMap<string, EnvironmentSettings>;
  /** Tells a problem of the route, at a path from the route's own map. */
  readonly tell: (code: ProblemCode, path: readonly Step[], message: string, part?: 'key' | 'value') => void;
  /** Tells a problem of an environment, at a path from its merged settings. */
  readonly tellOf: (environment: string, code: ProblemCode, path: readonly Step[], message: string) => void;
  /** Fields of an environment whose shape is wrong: told, and left out. */
  readonly toldOf: (environment: string) => ReadonlySet<string>;
}

const nameSegment = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;
const maxVariants = 1000;
const maxEnvironments = 200;

/** Reads all routes of a document whose names, images and environments make sense. */
export function writtenRoutes(document: ParsedDocument, hosts: HostRules, problems: Problems): readonly WrittenRoute[] {
  const { settings } = document;
  for (const name of Object.keys(settings.environments ?? {})) {
    const problem = environmentNameProblem(name);
    if (problem === undefined) continue;
    tellAt(problems, document, 'name-invalid', { root: settings, path: ['environments', name], part: 'key' }, problem);
  }
  return Object.entries(settings.routes ?? {}).map(([name, route]) =>
    writtenRoute(name, route, document, hosts, problems),
  );
}

function writtenRoute(
  name: string,
  settings: RouteSettings,
  document: ParsedDocument,
  hosts: HostRules,
  problems: Problems,
): WrittenRoute {
  const { places } = document;
  const told = document.told.of([['routes', name]]);
  const tell: WrittenRoute['tell'] = (code, path, message, part) => {
    tellAt(
      problems,
      document,
      code,
      { root: document.settings, path: ['routes', name, ...path], route: name, ...(part && { part }) },
      message,
    );
  };
  const image = readImage(name, settings, hosts, tell);
  const isMatchable = image.segments.length > 0 && !told.has('where') && !told.has('image');
  if (isMatchable) checkName(name, image, tell);
  const variants =
    !told.has('image') && checkWhere(settings, image, tell) ? variantsOf(image.segments, settings.where ?? {}) : [];
  const environments = mergeEnvironments(name, settings, document, tell);
  const toldOf = (environment: string): ReadonlySet<string> => {
    return document.told.of(layersOf(name, environment));
  };
  const tellOf: WrittenRoute['tellOf'] = (environment, code, path, message) => {
    const fields = toldOf(environment);
    if (isConsequence(fields, code, path) || (code === 'word-unknown' && told.has('image'))) return;
    const root = environments.get(environment);
    const { found } = places.locate(root, path);
    // A field that stands nowhere is missing in the route, as far as anybody can tell.
    const where = found === 0 ? { root: document.settings, path: ['routes', name, ...path] } : { root, path };
    tellAt(problems, document, code, { ...where, route: name, environment }, message);
  };
  return { name, document, settings, image, isMatchable, variants, environments, tell, tellOf, toldOf };
}

/** The image; without segments where it is wrong, and then with the captures that it seems to have. */
function readImage(name: string, settings: RouteSettings, hosts: HostRules, tell: WrittenRoute['tell']): ImagePattern {
  // Whatever the schema found wrong is left out, be it ever so required.
  const { image: written }: Partial<RouteSettings> = settings;
  const image = written === undefined ? undefined : parseImagePattern(written);
  if (image && !isFault(image)) {
    const fault = registryFault(image.text.slice(0, image.text.indexOf('/')), hosts);
    if (fault) tell(fault.code, ['image'], `${show(written)} ${fault.message}`);
    return image;
  }
  if (image) tell(image.code, ['image'], `${show(written)} ${image.message}`);
  return { text: '', segments: [], captures: [...new Set(wordsIn(written ?? name))], weight: 0 };
}

/** The ways to the layers of an environment, the outermost first. */
function layersOf(route: string, environment: string): readonly (readonly Step[])[] {
  return [
    ['defaults'],
    ['environments'],
    ['environments', environment],
    ['routes', route],
    ['routes', route, 'environments', environment],
  ];
}

function checkName(name: string, { captures }: ImagePattern, tell: WrittenRoute['tell']): void {
  const words = wordsIn(name);
  for (const segment of parseSegments(name)) {
    if (segment.captures.length > 1) {
      tell(
        'name-captures-touch',
        [],
        `two captures stand in one part of the name ${show(name)}, so that two images could have one name; expected a \`/\` between them`,
        'key',
      );
    }
  }
  for (const capture of captures.filter((capture) => !words.includes(capture))) {
    tell(
      'name-lacks-capture',
      [],
      `the name ${show(name)} lacks the capture \`{${capture}}\` of the image; expected it there, so that every image has a name of its own`,
      'key',
    );
  }
  for (const [index, word] of words.entries()) {
    if (!captures.includes(word))
      tell(
        'word-unknown',
        [],
        `the name has \`{${word}}\`, which is no capture of the image${didYouMean(word, captures)}`,
        'key',
      );
    else if (words.indexOf(word) !== index) tell('name-invalid', [], `the name has \`{${word}}\` twice`, 'key');
  }
  const sample = name.replace(/\{[^{}]*\}/g, 'x');
  if (sample.length > 150 || !sample.split('/').every((segment) => nameSegment.test(segment))) {
    tell(
      'name-invalid',
      [],
      `${show(name)} is no name; expected letters, digits, \`.\`, \`_\` and \`-\`, in parts with \`/\` between them, at most 150`,
      'key',
    );
  }
}

function checkWhere({ where = {} }: RouteSettings, { captures }: ImagePattern, tell: WrittenRoute['tell']): boolean {
  let count = 1;
  for (const [word, values] of Object.entries(where)) {
    if (!captures.includes(word))
      tell(
        'where-unknown',
        ['where', word],
        `\`${word.slice(0, 40)}\` is no capture of the image${didYouMean(word, captures)}`,
        'key',
      );
    else count *= new Set(values).size;
    for (const [index, value] of values.entries()) {
      if (!isCaptureValue(value))
        tell(
          'wrong-value',
          ['where', word, index],
          `${show(value)} can be no part of an image repository; expected lower-case letters, digits, \`.\`, \`_\` and \`-\``,
        );
    }
  }
  if (count > maxVariants)
    tell('too-many-patterns', ['where'], `allows ${count} combinations; expected at most ${maxVariants}`);
  return count <= maxVariants;
}

function mergeEnvironments(
  route: string,
  settings: RouteSettings,
  { settings: { defaults, environments: common }, places, told }: ParsedDocument,
  tell: WrittenRoute['tell'],
): ReadonlyMap<string, EnvironmentSettings> {
  const own = settings.environments;
  const merged = new Map<string, EnvironmentSettings>();
  if (own === undefined && !told.of([['routes', route]]).has('environments')) {
    tell(
      'missing-field',
      ['environments'],
      'the field is missing; expected a list of names, such as [dev, prod], or a map',
    );
  }
  const names = Array.isArray(own) ? own : Object.keys(own ?? {});
  if (names.length > maxEnvironments) {
    tell('wrong-value', ['environments'], `has ${names.length} environments; expected at most ${maxEnvironments}`);
  }
  for (const [index, name] of names.slice(0, maxEnvironments).entries()) {
    const at = Array.isArray(own) ? index : name;
    const fault = environmentFault(name, merged, Array.isArray(own) ? common : undefined);
    if (fault?.code === 'environment-unknown' && told.of([['environments'], ['environments', name]]).has('*')) continue;
    if (fault) {
      tell(fault.code, ['environments', at], fault.message, 'key');
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
        places,
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
  if (seen.has(name)) return { code: 'name-twice', message: `the environment \`${name}\` stands twice in the list` };
  if (!known || Object.hasOwn(known, name)) return undefined;
  const names = Object.keys(known);
  const near = didYouMean(name, names) || `; expected one of ${names.map((known) => `\`${known}\``).join(', ')}`;
  return { code: 'environment-unknown', message: `\`${name}\` is no environment of this document${near}` };
}

function environmentNameProblem(name: string): string | undefined {
  if (/^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/.test(name)) return undefined;
  return `${show(name)} is no name of an environment; expected letters, digits, \`.\`, \`_\` and \`-\`, at most 63`;
}
