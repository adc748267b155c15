import { imageName, parseImageReference } from '../../lib/model/image-reference.ts';
import { formatPath, keys, type PathSegment } from '../../lib/model/value-path.ts';
import { matchesGlob } from '../../lib/routes/match/glob.ts';
import type { FoundImage } from '../init/found-image.ts';
import { escaped } from '../init/texts.ts';
import { at, isMap, listAt, textAt, type YamlMap } from '../init/values.ts';
import type { RunningApplication } from './application.ts';
import {
  writable,
  type ApplicationManifest,
  type Checkouts,
  type ImagePlace,
  type RunningImage,
  type WritableRepository,
} from './place.ts';
import { sourceRepository } from './source-repository.ts';

interface Parameter {
  readonly path: readonly PathSegment[];
  readonly text: string;
}

/**
 * The value of a generator that sets an image of a generated Application: in an element of a `list` generator, or in a file
 * of a `git` generator. `undefined` where none or several have the running tag.
 */
export function findInGenerators(
  application: RunningApplication,
  image: RunningImage,
  manifest: ApplicationManifest,
  checkouts: Checkouts,
  collections: readonly string[] = [],
): ImagePlace | undefined {
  const { checkout, file } = manifest;
  const { generators, isOf } = setOf(application, manifest);
  const own = { url: checkout.url, key: checkout.key, text: checkout.url };
  const inManifest = { ...own, ...(checkout.branch !== undefined && { branch: checkout.branch }) };
  const [only, ...others] = [
    ...inElements(generators, image, isOf).map((target) => placeOf(inManifest, file, target, image)),
    ...generators.flatMap((generator) => inFiles(at(generator, 'git'), image, isOf, checkouts, collections)),
  ];
  return others.length === 0 ? only : undefined;
}

/** Whether a file of a `git` generator generates an application. */
export function isGeneratorFile(
  application: RunningApplication,
  manifest: ApplicationManifest,
  { key, file }: { readonly key: string; readonly file: string },
  checkouts: Checkouts,
  collections: readonly string[] = [],
): boolean {
  const { generators, isOf } = setOf(application, manifest);
  return generators.some((generator) =>
    filesOf(at(generator, 'git'), isOf, checkouts, collections).some(
      ({ repository, path }) => repository.key === key && path === file,
    ),
  );
}

/** The generators of an ApplicationSet, and the test whether parameters are those of an application. */
function setOf(
  { name, applicationSet }: RunningApplication,
  { checkout, file }: ApplicationManifest,
): { readonly generators: readonly YamlMap[]; readonly isOf: (parameters: readonly Parameter[]) => boolean } {
  const document = checkout.files
    .get(file)
    ?.documents.find(
      (one) => textAt(one, 'kind') === 'ApplicationSet' && textAt(one, 'metadata', 'name') === applicationSet,
    );
  const template = textAt(document, 'spec', 'template', 'metadata', 'name') ?? '';
  const generators = generatorsIn(listAt(document, 'spec', 'generators'));
  const isOf = (parameters: readonly Parameter[]): boolean =>
    canBeName(template, parameters, name.slice(name.lastIndexOf('/') + 1));
  return { generators, isOf };
}

/** Generators, also those inside of `matrix` and `merge`. */
function generatorsIn(list: readonly unknown[]): readonly YamlMap[] {
  const generators = list.filter(isMap);
  const inside = generators.flatMap((one) => [
    ...listAt(one, 'matrix', 'generators'),
    ...listAt(one, 'merge', 'generators'),
  ]);
  return inside.length === 0 ? generators : [...generators, ...generatorsIn(inside)];
}

function inElements(
  generators: readonly YamlMap[],
  image: RunningImage,
  isOf: (parameters: readonly Parameter[]) => boolean,
): readonly FoundImage['target'][] {
  const elements = generators.flatMap((generator) => listAt(generator, 'list', 'elements').map(parametersIn));
  return elements.filter(isOf).flatMap((element): FoundImage['target'][] => {
    const found = settingOf(element, image);
    const key = element.find(
      ({ path, text }) =>
        path.length === 1 &&
        formatPath(path) !== (found && formatPath(found.path)) &&
        elements.filter((other) => other.some((one) => formatPath(one.path) === formatPath(path) && one.text === text))
          .length === 1,
    );
    if (!found || !key) return [];
    const parameters = { [found.isWhole ? 'image' : 'tag']: formatPath(found.path) };
    return [{ kind: 'application', element: `${formatPath(key.path)}=${key.text}`, parameters }];
  });
}

function inFiles(
  git: unknown,
  image: RunningImage,
  isOf: (parameters: readonly Parameter[]) => boolean,
  checkouts: Checkouts,
  collections: readonly string[],
): readonly ImagePlace[] {
  return filesOf(git, isOf, checkouts, collections).flatMap(({ repository, path, parameters }): ImagePlace[] => {
    const found = settingOf(parameters, image);
    if (!found) return [];
    const value = found.isWhole ? '{repository}:{tag}' : '{tag}';
    return [placeOf(repository, path, { kind: 'yaml', path: found.path, value }, image)];
  });
}

interface GeneratorFile {
  readonly repository: WritableRepository;
  readonly path: string;
  readonly parameters: readonly Parameter[];
}

/** The files of a `git` generator that generate the application. */
function filesOf(
  git: unknown,
  isOf: (parameters: readonly Parameter[]) => boolean,
  checkouts: Checkouts,
  collections: readonly string[],
): readonly GeneratorFile[] {
  if (!isMap(git)) return [];
  const repository = sourceRepository({ repoURL: git['repoURL'], targetRevision: git['revision'] }, collections);
  const globs = listAt(git, 'files').flatMap((one) => textAt(one, 'path') ?? []);
  const target = writable(repository);
  const checkout = checkouts.of(repository);
  if ('reason' in target || !checkout) return [];
  const files = [...checkout.files.values()].filter(({ path }) =>
    globs.some((glob) => matchesGlob(glob, path, 'path')),
  );
  return files.flatMap(({ path, documents: [document] }) => {
    const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')));
    const ofPath = [
      { path: keys('path'), text: folder },
      { path: keys('path', 'path'), text: folder },
      { path: keys('path', 'basename'), text: folder.slice(folder.lastIndexOf('/') + 1) },
    ];
    const parameters = parametersIn(document);
    return isOf([...ofPath, ...parameters]) ? [{ repository: target.repository, path, parameters }] : [];
  });
}

function placeOf(
  repository: WritableRepository,
  file: string,
  target: FoundImage['target'],
  { name, tags: [tag] }: RunningImage,
): ImagePlace {
  return { repository, notes: [], found: { image: imageName(name), file, target, ...(tag !== undefined && { tag }) } };
}

/** Every scalar below a value. */
function parametersIn(value: unknown): readonly Parameter[] {
  if (!isMap(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const text = textAt(value, key);
    if (text !== undefined) return [{ path: keys(key), text }];
    return parametersIn(inner).map((below) => ({ path: keys(key).concat(below.path), text: below.text }));
  });
}

/** The only parameter that is the running tag or image; of several, the only one that is called so. */
function settingOf(
  parameters: readonly Parameter[],
  { name, tags }: RunningImage,
): (Parameter & { readonly isWhole: boolean }) | undefined {
  const found = parameters.flatMap((parameter) => {
    const reference = parameter.text.includes('/') ? parseImageReference(parameter.text) : undefined;
    const isWhole = reference?.tag !== undefined && imageName(reference) === imageName(name);
    return isWhole || tags.includes(parameter.text) ? [{ ...parameter, isWhole }] : [];
  });
  const called = found.filter(({ path, isWhole }) => isWhole || /(?:tag|version)$/i.test(formatPath(path)));
  const [only, ...others] = found.length > 1 ? called : found;
  return others.length === 0 ? only : undefined;
}

/** Whether a template of names with these parameters can give a name. Parameters of other generators can be anything. */
function canBeName(template: string, parameters: readonly Parameter[], name: string): boolean {
  const pattern = template
    .split(/(\{\{.*?\}\})/)
    .map((part) => {
      const parameter = /^\{\{-?\s*\.?([\w.-]+?)\s*-?\}\}$/.exec(part)?.[1];
      const known = parameters.find(({ path }) => formatPath(path) === parameter);
      return part.startsWith('{{') ? (known ? escaped(known.text) : '.+') : escaped(part);
    })
    .join('');
  return new RegExp(`^${pattern}$`).test(name);
}
