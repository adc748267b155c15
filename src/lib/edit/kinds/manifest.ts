import { isAlias } from 'yaml';
import { imageName } from '../../model/image-reference.ts';
import type { ImageReference } from '../../model/image-reference.ts';
import type { ScalarChange } from '../yaml/change.ts';
import { containersOf } from './containers.ts';
import type { ContainerImage } from './containers.ts';
import { failureAt } from '../yaml/editable-file.ts';
import type { EditableFile } from '../yaml/editable-file.ts';
import { imageChange } from './image-change.ts';
import { sameImage, splitReference } from './image-text.ts';
import { aliasedValue } from '../yaml/locate.ts';
import { valueNode } from '../yaml/place.ts';
import type { ManifestEdit } from '../../model/file-edit.ts';

/** The most containers of one image in a file: thousands of changes would hold up other work. */
const maxContainers = 1_000;

/** The image of every container, in every document, that uses the image, in any spelling. */
export function manifestChanges(
  file: EditableFile,
  update: ManifestEdit,
  image: ImageReference,
): readonly ScalarChange[] {
  const all = containersOf(file);
  const matching = all.filter(({ name, text }) => {
    if (update.container !== undefined && name !== update.container) return false;
    const reference = splitReference(text);
    return (
      reference !== undefined &&
      (sameImage(reference, image) || (update.container !== undefined && update.adopt === true))
    );
  });
  if (matching.length === 0) throw imageNotFound(file, update, image, all);
  if (matching.length > maxContainers) {
    throw failureAt(
      file,
      'file-too-large',
      `${file.file} has ${matching.length} containers with the image; expected at most ${maxContainers}. Split the file.`,
    );
  }
  const change = ({ place, shownPath }: ContainerImage): ScalarChange =>
    imageChange(file, place, image, { digest: update.digest, adopt: update.adopt, shownPath });
  // An alias or a merge key that repeats an edited container follows it.
  const set = new Set(matching.filter(isOwn).map(({ place }) => valueNode(place)));
  return matching.flatMap((container) => {
    if (isOwn(container)) return [change(container)];
    if (set.has(container.source)) return [];
    if (container.place.kind === 'slot') throw aliasedValue(file, container.place);
    return [change(container)];
  });
}

function isOwn({ place }: ContainerImage): boolean {
  return place.kind === 'slot' && !isAlias(place.node);
}

function imageNotFound(
  file: EditableFile,
  { container }: ManifestEdit,
  image: ImageReference,
  all: readonly ContainerImage[],
): Error {
  const named = container === undefined ? '' : ` named ${container}`;
  const listed = [...new Set(all.map(({ name, text }) => (name === undefined ? text : `${name}: ${text}`)))]
    .slice(0, 12)
    .join(', ');
  const found = listed === '' ? 'It has no containers with an image.' : `Its containers are ${listed}.`;
  return failureAt(
    file,
    'image-not-found',
    `${file.file} has no container${named} with the image ${imageName(image)}. ${found} Correct the image or the file in the route.`,
  );
}
