import { imageName } from '../../model/image-reference.ts';
import type { ImageReference } from '../../model/image-reference.ts';
import { changeAt, currentText } from '../yaml/change.ts';
import type { ScalarChange } from '../yaml/change.ts';
import { compareName } from './compare-name.ts';
import { refuseDigest } from './digest-left-behind.ts';
import type { EditableFile } from '../yaml/editable-file.ts';
import { newReference, readReference, splitReference } from './image-text.ts';
import { checkName, registriesOf } from './name-beside.ts';
import type { Path } from '../../model/value-path.ts';
import { mapAround, placeLabel, valueNode } from '../yaml/place.ts';
import type { Gap, Slot } from '../yaml/place.ts';

export interface ImageChangeOptions {
  readonly digest: boolean;
  readonly adopt?: boolean | undefined;
  readonly shownPath?: Path;
}

/**
 * The change of a scalar that holds a whole reference. The name of the same image stays, also without its registry.
 *
 * @throws Failure `another-image`, `digest-left-behind`, `digest-needed` or `tag-needed`
 */
export function imageChange(
  file: EditableFile,
  place: Slot | Gap,
  image: ImageReference,
  { digest: withDigest, adopt, shownPath }: ImageChangeOptions,
): ScalarChange {
  const text = currentText(file, place);
  const { tag, digest } = readReference(text);
  const path = placeLabel(file, place);
  const node = valueNode(place);
  const { document } = place.kind === 'slot' ? place : place.container;
  const registries = registriesOf(file, document, mapAround(place));
  const written = text === null ? undefined : splitReference(text.trim())?.name;
  const warnings =
    written === undefined ? [] : checkName(file, { name: written, path, node }, image, registries, adopt);
  if (!withDigest) refuseDigest(file, digest, path, node);
  const relation = written === undefined ? 'unknown' : compareName(written, image, registries);
  const name = written !== undefined && (relation === 'same' || relation === 'partial') ? written : imageName(image);
  return changeAt(file, place, {
    role: 'image',
    to: newReference(name, image, withDigest),
    currentTag: tag,
    currentDigest: digest,
    warnings,
    ...(shownPath ? { shownPath } : {}),
  });
}
