import type { ImageReference } from '../../model/image-reference.ts';
import { changeAt, currentText } from '../yaml/change.ts';
import type { ScalarChange } from '../yaml/change.ts';
import { refuseDigest } from './digest-left-behind.ts';
import type { EditableFile } from '../yaml/editable-file.ts';
import { newReference, readReference } from './image-text.ts';
import type { Path } from '../../model/value-path.ts';
import { placeLabel, valueNode } from '../yaml/place.ts';
import type { Gap, Slot } from '../yaml/place.ts';

/**
 * The change of a scalar that holds a whole reference; its name stays as it is written.
 *
 * @throws Failure `digest-left-behind`, `digest-needed` or `tag-needed`
 */
export function imageChange(
  file: EditableFile,
  place: Slot | Gap,
  image: ImageReference,
  withDigest: boolean,
  shownPath?: Path,
): ScalarChange {
  const text = currentText(file, place);
  const { tag, digest } = readReference(text);
  if (!withDigest) refuseDigest(file, digest, placeLabel(file, place), valueNode(place));
  const to = newReference(text, image, withDigest);
  return changeAt(file, place, {
    role: 'image',
    to,
    currentTag: tag,
    currentDigest: digest,
    ...(shownPath ? { shownPath } : {}),
  });
}
