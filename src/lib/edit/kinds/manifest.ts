import { isAlias } from 'yaml';
import { imageName, parseImageReference } from '../../model/image-reference.ts';
import type { ImageReference } from '../../model/image-reference.ts';
import type { ScalarChange } from '../yaml/change.ts';
import { containersOf } from './containers.ts';
import type { ContainerImage } from './containers.ts';
import { failureAt } from '../yaml/editable-file.ts';
import type { EditableFile } from '../yaml/editable-file.ts';
import { imageChange } from './image-change.ts';
import { sameImage } from './image-text.ts';
import { aliasedValue } from '../yaml/locate.ts';
import { valueNode } from '../yaml/place.ts';
import type { ManifestEdit } from '../../model/file-edit.ts';

/** The image of every container, in every document, whose repository is the image's, however it is written. */
export function manifestChanges(
  file: EditableFile,
  update: ManifestEdit,
  image: ImageReference,
): readonly ScalarChange[] {
  const all = containersOf(file);
  const matching = all.filter(({ name, text }) => {
    const reference = parseImageReference(text);
    return (
      reference !== undefined &&
      sameImage(reference, image) &&
      (update.container === undefined || name === update.container)
    );
  });
  if (matching.length === 0) throw imageNotFound(file, update, image, all);
  // An alias, or a merge key, that repeats a container which is set itself follows it.
  const set = new Set(matching.filter(isOwn).map(({ place }) => valueNode(place)));
  return matching.flatMap((container) => {
    if (isOwn(container)) return [imageChange(file, container.place, image, update.digest, container.shownPath)];
    if (set.has(container.source)) return [];
    if (container.place.kind === 'slot') throw aliasedValue(file, container.place);
    return [imageChange(file, container.place, image, update.digest, container.shownPath)];
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
