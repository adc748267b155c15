import { splitImageName } from '../../model/image-reference.ts';
import type { ImageReference } from '../../model/image-reference.ts';
import { changeAt, currentText } from '../yaml/change.ts';
import type { ScalarChange } from '../yaml/change.ts';
import { refuseDigest } from './digest-left-behind.ts';
import type { EditableFile } from '../yaml/editable-file.ts';
import { readTag, requireDigest, requireTag, sameImage } from './image-text.ts';
import { placeLabel, valueNode } from '../yaml/place.ts';
import type { Gap, Slot } from '../yaml/place.ts';
import { fillable } from '../yaml/fillable.ts';

/** Whether `repository`, with the `registry` beside it where there is one, is the image's name. */
export function namesImage(
  registry: string | undefined,
  repository: string | undefined,
  image: ImageReference,
): boolean {
  if (repository === undefined || repository === '') return false;
  const joined = registry === undefined || registry === '' ? repository : `${registry}/${repository}`;
  return [repository, joined].some((name) => {
    const parsed = splitImageName(name);
    return parsed !== undefined && sameImage(parsed, image);
  });
}

/**
 * Sets the tag beside a repository, and the digest if the route writes one: in its own key, or in the tag if it is there.
 *
 * @throws Failure `digest-left-behind` for a digest that the route does not write; `path-not-found` if the file has no
 * place for the digest and `create` is not set
 */
export function tagChanges(
  file: EditableFile,
  { tag, digest }: { readonly tag: Slot | Gap; readonly digest: Slot | Gap },
  { withDigest, create }: { readonly withDigest: boolean; readonly create: boolean },
  image: ImageReference,
): readonly ScalarChange[] {
  const tagPlace = fillable(file, tag, create);
  const now = readTag(currentText(file, tagPlace));
  const digestNow = currentText(file, digest);
  const current = { currentTag: now.tag, currentDigest: digestNow ?? now.digest };
  if (!withDigest) {
    refuseDigest(file, now.digest, placeLabel(file, tagPlace), valueNode(tagPlace));
    refuseDigest(file, digestNow, placeLabel(file, digest), valueNode(digest));
    return [changeAt(file, tagPlace, { role: 'tag', to: requireTag(image), ...current })];
  }
  const isInTag = digestNow === null && digest.kind === 'gap' && now.digest !== null;
  const to = isInTag ? `${requireTag(image)}@${requireDigest(image)}` : requireTag(image);
  const tagChange = changeAt(file, tagPlace, { role: 'tag', to, ...current });
  if (isInTag) return [tagChange];
  const digestPlace = fillable(file, digest, create);
  return [tagChange, changeAt(file, digestPlace, { role: 'digest', to: requireDigest(image), ...current })];
}
