import { imageName, parseImageReference, splitImageName } from '../../lib/model/image-reference.ts';
import type { PathSegment } from '../../lib/model/value-path.ts';
import { tagOf, type FoundImage } from './found-image.ts';
import { stageKeys, withStage } from './stage-keys.ts';
import { isMap, textAt, type YamlMap } from './values.ts';

export type FindName = (path: readonly PathSegment[], tagKey: string) => string | undefined;

/** How to find the name of an image where a file sets the tag alone. */
export interface ValuesContext {
  readonly file: string;
  /** The registry that the file keeps for all of its images. */
  readonly registry?: string;
  readonly nameElsewhere: FindName;
}

/** Keys of a tag, and the keys beside it for the name of its image; `*` is their common beginning. */
const nameKeys: readonly (readonly [tag: RegExp, names: readonly string[]])[] = [
  [/^tag$/i, ['repository', 'name', 'image', 'repo', 'imageRepository', 'imageName']],
  [
    /^(?:imageTag|image_tag)$/,
    ['imageRepository', 'image_repository', 'repository', 'imageName', 'image', 'name', 'repo'],
  ],
  // Not beside a `repository`, as in the dependencies of charts.
  [/^version$/i, ['image', 'imageName', 'imageRepository']],
  [/^(.+)Tag$/, ['*Repository', '*Repo', '*Image', '*ImageName', '*Name', '*']],
  [/^(.+)_tag$/, ['*_repository', '*_repo', '*_image', '*_name', '*']],
];
const registryKeys = ['registry', 'imageRegistry', 'image_registry', 'host'];

/** Every image of a tree of values: tags beside the name of an image, and whole references. */
export function inValues(
  value: unknown,
  context: ValuesContext,
  path: readonly PathSegment[] = [],
): readonly FoundImage[] {
  return inTree(value, context, path, {}).map((found) => withStage(found, value, path.length));
}

/** The image that is named above a value. */
interface Above {
  /** By the map around it. */
  readonly parent?: string | undefined;
  /** By the map around the sections of the stages. */
  readonly stage?: string | undefined;
}

function inTree(
  value: unknown,
  context: ValuesContext,
  path: readonly PathSegment[],
  above: Above,
): readonly FoundImage[] {
  if (path.length > 16) return [];
  if (typeof value === 'string') return wholeReference(value, context.file, path);
  if (Array.isArray(value))
    return value.flatMap((item, index) => inTree(item, context, [...path, memberOf(item, index, value)], above));
  if (!isMap(value)) return [];
  const named = value['image'];
  const parent =
    imageBeside(value, 'tag', context.registry) ??
    (isMap(named) ? imageBeside(named, 'tag', context.registry) : undefined);
  const stages = stageKeys(value);
  const stage = stages.length > 0 ? (parent ?? above.parent) : above.stage;
  const own = Object.keys(value).flatMap((key) => taggedImage(value, key, context, path, above.stage));
  const inner = Object.entries(value).flatMap(([key, entry]) => {
    const at = [...path, { kind: 'key' as const, key }];
    const tag = stages.includes(key) && isListOfTags(path) ? textAt(value, key) : undefined;
    return tag !== undefined && stage !== undefined && !tag.includes('/')
      ? [{ image: stage, file: context.file, target: { kind: 'helm-tag' as const, path: at }, ...tagOf(tag) }]
      : inTree(entry, context, at, { parent, stage });
  });
  return [...own, ...inner];
}

/** A map whose key shows that its values are tags: `versions: { dev: 1.1.0, prod: 1.0.0 }`. */
function isListOfTags(path: readonly PathSegment[]): boolean {
  const last = path.at(-1);
  return last?.kind === 'key' && /^(?:image_?)?(?:versions?|tags?)$/i.test(last.key);
}

/** Images that a tree of values names by a registry and a repository, without a tag beside them. */
export function namesWithoutTag(value: unknown, registry: string | undefined, depth = 0): readonly string[] {
  if (depth > 16 || typeof value !== 'object' || value === null) return [];
  const inner = Object.values(value).flatMap((entry) => namesWithoutTag(entry, registry, depth + 1));
  if (!isMap(value) || Object.keys(value).some((key) => namesFor(key).length > 0)) return inner;
  const image = imageBeside(value, 'tag', registry);
  return image === undefined ? inner : [image, ...inner];
}

function wholeReference(text: string, file: string, path: readonly PathSegment[]): readonly FoundImage[] {
  const reference = text.includes('/') ? parseImageReference(text) : undefined;
  if (!reference || (reference.tag === undefined && reference.digest === undefined)) return [];
  const target = { kind: 'helm-image' as const, path, digest: reference.digest !== undefined };
  const { tag, digest } = reference;
  return [{ image: imageName(reference), file, target, ...(tag && { tag }), ...(digest && { digest }) }];
}

function taggedImage(
  map: YamlMap,
  key: string,
  context: ValuesContext,
  path: readonly PathSegment[],
  above: string | undefined,
): readonly FoundImage[] {
  if (namesFor(key).length === 0) return [];
  const text = textAt(map, key);
  if (text === undefined) return [];
  const image = imageBeside(map, key, context.registry) ?? context.nameElsewhere(path, key) ?? above;
  if (image === undefined) return [];
  const place = [...path, { kind: 'key' as const, key }];
  const found = tagOf(text);
  if (found.digest !== undefined) {
    const target = { kind: 'yaml' as const, path: place, value: '{tag}@{digest}' };
    return [{ image, file: context.file, target, ...found }];
  }
  const digestKey = digestKeys(key).find((one) => textAt(map, one)?.includes(':') === true);
  const digest = digestKey === undefined ? undefined : textAt(map, digestKey);
  const target = {
    kind: 'helm-tag' as const,
    path: place,
    ...(digestKey !== undefined && { digest: [...path, { kind: 'key' as const, key: digestKey }] }),
  };
  return [{ image, file: context.file, target, ...found, ...(digest !== undefined && { digest }) }];
}

function namesFor(tagKey: string): readonly string[] {
  for (const [pattern, names] of nameKeys) {
    const match = pattern.exec(tagKey);
    if (match) return names.map((name) => name.replace('*', match[1] ?? ''));
  }
  return [];
}

function digestKeys(tagKey: string): readonly string[] {
  if (/^tag$/i.test(tagKey)) return ['digest', 'sha', 'sha256'];
  const stem = tagKey.replace(/_?tag$/i, '');
  return [`${stem}Digest`, `${stem}_digest`];
}

/** The image that a map names beside a tag: with the registry beside it, or that of the whole file. */
export function imageBeside(own: YamlMap, tagKey: string, registry: string | undefined): string | undefined {
  const merged = own['<<'];
  const map = isMap(merged) ? { ...merged, ...own } : own;
  const beside = registryKeys.map((key) => textOf(map, key)).find((text) => text !== undefined && text !== '');
  for (const key of namesFor(tagKey)) {
    const text = textOf(map, key)?.replace(/^\/+/, '');
    if (text === undefined || text === '' || parseImageReference(text)?.tag !== undefined) continue;
    const own = splitImageName(text);
    // A name with a registry of its own needs none; a plain word is the name of an image only beside a registry.
    const isWhole = own !== undefined && text.startsWith(`${own.registry}/`);
    const front = isWhole ? '' : (beside ?? registry ?? '');
    if (front === '' && !text.includes('/') && !/repo/i.test(key)) continue;
    const name = splitImageName(front === '' ? text : `${front.replace(/\/+$/, '')}/${text}`);
    if (name) return imageName(name);
  }
  return undefined;
}

/** The text of a key, in any case of letters: `Repository` as well as `repository`. */
function textOf(map: YamlMap, name: string): string | undefined {
  const key = Object.hasOwn(map, name)
    ? name
    : Object.keys(map).find((other) => other.toLowerCase() === name.toLowerCase());
  return key === undefined ? undefined : textAt(map, key);
}

/** The registry that a values file keeps for all of its images. */
export function globalRegistry(document: unknown): string | undefined {
  for (const front of [['global'], []])
    for (const end of [
      ['imageRegistry'],
      ['registry'],
      ['image', 'registry'],
      ['containerRegistry'],
      ['dockerRegistry'],
    ]) {
      const text = textAt(document, ...front, ...end);
      if (text !== undefined && text !== '') return text;
    }
  return undefined;
}

function memberOf(item: unknown, index: number, list: readonly unknown[]): PathSegment {
  const name = textAt(item, 'name');
  const isUnique = name !== undefined && list.filter((other) => textAt(other, 'name') === name).length === 1;
  return isUnique ? { kind: 'member', field: 'name', value: name } : { kind: 'index', index };
}
