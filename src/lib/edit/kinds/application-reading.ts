import { imageName } from '../../model/image-reference.ts';
import type { ImageReference } from '../../model/image-reference.ts';
import type { ScalarChange } from '../yaml/change.ts';
import { failureAt } from '../yaml/editable-file.ts';
import type { EditableFile } from '../yaml/editable-file.ts';
import { label } from '../yaml/place.ts';
import type { Slot } from '../yaml/place.ts';
import { startOf } from '../yaml/structure.ts';

/** A place of an Application that names the image. */
export interface Reading {
  /** The scalar that shows it, for messages. */
  readonly at: Slot;
  /** The changes that set it. */
  changes(): readonly ScalarChange[];
}

/**
 * The changes of the only reading; none where there is none.
 *
 * @throws Failure `path-ambiguous` where several places name the image
 */
export function onlyReading(
  file: EditableFile,
  readings: readonly Reading[],
  image: ImageReference,
): readonly ScalarChange[] | undefined {
  const [only, ...others] = readings;
  if (!only || others.length === 0) return only?.changes();
  const places = readings.map(
    ({ at }) => `${label(file, at.document, at.path)} (line ${file.position(startOf(at.node) ?? 0).line})`,
  );
  throw failureAt(
    file,
    'path-ambiguous',
    `${file.file}: ${readings.length} places name ${imageName(image)}: ${places.join(', ')}; one is meant. Name the \`parameters\` in the route, or set \`yaml\` paths.`,
    startOf(only.at.node),
  );
}
