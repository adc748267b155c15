import { isMap, isScalar } from 'yaml';
import type { Node, YAMLMap } from 'yaml';
import { splitReference } from './image-text.ts';
import type { ImageReference } from '../../model/image-reference.ts';
import type { EditableFile } from '../yaml/editable-file.ts';
import { lookup } from '../yaml/locate.ts';
import { label, lastKey, mapAround, rootSlot, scalarText, wholePath } from '../yaml/place.ts';
import type { Gap, Slot } from '../yaml/place.ts';
import { refuseAnotherImage } from './another-image.ts';
import { compareName } from './compare-name.ts';
import type { Registries } from './compare-name.ts';

/** A key of a tag or digest, and the keys beside it under which charts keep the name of the image. */
const nameKeys: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^(?:tag|digest|sha|sha256)$/, ['repository', 'image', 'name']],
  [/^(.*[^A-Za-z])(?:tag|digest|sha|sha256)$/, ['repository', 'image', 'name']],
  [/^(.+)(?:Tag|Digest|Sha|Sha256)$/, ['Repository', 'Image', 'Name', '']],
  [/^(.*[^A-Za-z])?(?:TAG|DIGEST|SHA|SHA256)$/, ['REPOSITORY', 'IMAGE', 'NAME']],
  [/^(?:newTag)$/, ['newName']],
];

/**
 * Compares the name beside a tag or digest with the image.
 *
 * @returns warnings
 * @throws Failure `another-image`
 */
export function checkNameBeside(
  file: EditableFile,
  place: Slot | Gap,
  image: ImageReference,
  adopt: boolean | undefined,
): readonly string[] {
  const map = mapAround(place);
  if (!map) return [];
  for (const key of namesFor(lastKey(place))) {
    const node = lookup(file, map, key);
    const text = isScalar(node) ? (scalarText(node) ?? '') : '';
    // A plain word is the name of an image under some keys only.
    if (text === '' || (!text.includes('/') && !/(?:repository|image|newName)$/i.test(key))) continue;
    const { document } = place.kind === 'slot' ? place : place.container;
    const path = label(file, document, [...wholePath(place).slice(0, -1), { kind: 'key', key }]);
    return checkName(file, { name: text, path, node }, image, registriesOf(file, document, map), adopt);
  }
  return [];
}

/**
 * Compares a name that a file writes with the image.
 *
 * @returns warnings
 * @throws Failure `another-image`
 */
export function checkName(
  file: EditableFile,
  written: { readonly name: string; readonly path: string; readonly node: Node | null },
  image: ImageReference,
  registries: Registries,
  adopt: boolean | undefined,
): readonly string[] {
  const name = splitReference(written.name.trim())?.name ?? written.name;
  const relation = compareName(name, image, registries);
  if (relation !== 'other' && relation !== 'mirror') return [];
  const { beside = '' } = registries;
  const whole = beside === '' ? name : `${beside}/${name}`;
  return [refuseAnotherImage(file, { ...written, name: whole }, image, adopt)];
}

/** The registries that a values file puts in front of names: in the map of the name, and for the whole file. */
export function registriesOf(file: EditableFile, document: number, map: YAMLMap | null): Registries {
  const beside = map ? textOf(file, map, 'registry') : '';
  return { ...(beside !== '' && { beside }), global: globalRegistries(file, rootSlot(file, document).node) };
}

/** Each change of a document asks. */
const globals = new WeakMap<Node, readonly string[]>();

function globalRegistries(file: EditableFile, root: Node | null): readonly string[] {
  if (root === null) return [];
  const known =
    globals.get(root) ?? globalPaths.map((path) => textOf(file, root, ...path)).filter((text) => text !== '');
  globals.set(root, known);
  return known;
}

function textOf(file: EditableFile, from: Node, ...path: readonly string[]): string {
  const node = path.reduce<Node | null>((at, key) => (isMap(at) ? lookup(file, at, key) : null), from);
  return isScalar(node) ? (scalarText(node) ?? '').replace(/\/+$/, '') : '';
}

const registryKeys: readonly (readonly string[])[] = [
  ['imageRegistry'],
  ['registry'],
  ['image', 'registry'],
  ['containerRegistry'],
  ['dockerRegistry'],
];
const globalPaths = [...registryKeys, ...registryKeys.map((path) => ['global'].concat(path))];

function namesFor(key: string): readonly string[] {
  for (const [pattern, names] of nameKeys) {
    const match = pattern.exec(key);
    if (match) return names.map((name) => `${match[1] ?? ''}${name}`);
  }
  return [];
}
