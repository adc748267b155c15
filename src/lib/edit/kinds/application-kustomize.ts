import type { ImageReference } from '../../model/image-reference.ts';
import type { Reading } from './application-reading.ts';
import { items } from './application-sources.ts';
import { changeAt } from '../yaml/change.ts';
import { refuseDigest } from './digest-left-behind.ts';
import type { EditableFile } from '../yaml/editable-file.ts';
import { nameAsWritten, newReference, sameImage, splitReference } from './image-text.ts';
import { find } from '../yaml/locate.ts';
import { keys } from '../../model/value-path.ts';
import { label, resolved, scalarText } from '../yaml/place.ts';
import type { Slot } from '../yaml/place.ts';
import type { ApplicationEdit } from '../../model/file-edit.ts';

/** `kustomize.images` of a source: `[NAME=]IMAGE[:TAG][@DIGEST]`, as `argocd app set --kustomize-image` takes it. */
export function kustomizeReadings(
  file: EditableFile,
  source: Slot,
  update: ApplicationEdit,
  image: ImageReference,
): readonly Reading[] {
  const images = find(file, source, keys('kustomize', 'images'));
  return (images ? items(images) : []).flatMap((at) => {
    const text = scalarText(resolved(file, at.node)) ?? '';
    const equals = text.indexOf('=') + 1;
    const written = text.slice(equals);
    const reference = splitReference(written);
    if (!reference || !sameImage(reference, image)) return [];
    const changes: Reading['changes'] = () => {
      if (!update.digest) refuseDigest(file, reference.digest ?? null, label(file, at.document, at.path), at.node);
      const to = `${text.slice(0, equals)}${newReference(nameAsWritten(written, image), image, update.digest)}`;
      return [
        changeAt(file, at, {
          role: 'image',
          to,
          currentTag: reference.tag ?? null,
          currentDigest: reference.digest ?? null,
        }),
      ];
    };
    return [{ at, changes }];
  });
}
