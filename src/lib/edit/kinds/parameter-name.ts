import type { ImageReference } from '../../model/image-reference.ts';
import { currentText } from '../yaml/change.ts';
import type { EditableFile } from '../yaml/editable-file.ts';
import { find } from '../yaml/locate.ts';
import { placeLabel, scalarText, valueNode } from '../yaml/place.ts';
import type { Gap, Slot } from '../yaml/place.ts';
import { checkName } from './name-beside.ts';
import { parameterPath } from './parameter-path.ts';

/**
 * Compares the parameter `X.repository`, or `X.image`, with the image whose tag is the parameter `X.tag`.
 *
 * @returns warnings
 * @throws Failure `another-image`
 */
export function checkParameterBeside(
  file: EditableFile,
  sources: readonly Slot[],
  tag: string,
  image: ImageReference,
  adopt: boolean | undefined,
): readonly string[] {
  const stem = /^(|.*\.)tag$/.exec(tag)?.[1];
  if (stem === undefined) return [];
  return sources.flatMap((source) => {
    const beside = (key: string): Slot | undefined => find(file, source, parameterPath(undefined, `${stem}${key}`));
    const place = beside('repository') ?? beside('image');
    return place ? checkParameter(file, place, scalarText(beside('registry')?.node), image, adopt) : [];
  });
}

/**
 * Compares a parameter that holds a name with the image.
 *
 * @returns warnings
 * @throws Failure `another-image`
 */
export function checkParameter(
  file: EditableFile,
  place: Slot | Gap,
  registry: string | undefined,
  image: ImageReference,
  adopt: boolean | undefined,
): readonly string[] {
  const name = { name: currentText(file, place) ?? '', path: placeLabel(file, place), node: valueNode(place) };
  return checkName(file, name, image, { ...(registry !== undefined && { beside: registry }), global: [] }, adopt);
}

/** The parameter `X.registry` of a source that has `X.repository`. */
export function registryBeside(file: EditableFile, sources: readonly Slot[], repository: string): string | undefined {
  const stem = /^(|.*\.)repository$/.exec(repository)?.[1];
  if (stem === undefined) return undefined;
  const found = sources.flatMap((source) => find(file, source, parameterPath(undefined, `${stem}registry`)) ?? []);
  return scalarText(found[0]?.node);
}
