import { parseImageReference } from '../../model/image-reference.ts';
import type { ImageReference } from '../../model/image-reference.ts';
import { changeAt, currentText } from '../yaml/change.ts';
import type { ScalarChange } from '../yaml/change.ts';
import { refuseDigest, refuseDigestBeside } from './digest-left-behind.ts';
import type { EditableFile } from '../yaml/editable-file.ts';
import { fillable } from '../yaml/fillable.ts';
import { imageChange } from './image-change.ts';
import { nameAsWritten, readTag, requireDigest, requireTag, sameImage } from './image-text.ts';
import { locate, lookup } from '../yaml/locate.ts';
import { formatPath } from '../../model/value-path.ts';
import type { Path } from '../../model/value-path.ts';
import { lastKey, mapAround, placeLabel, rootSlot, scalarText, valueNode, wholePath } from '../yaml/place.ts';
import type { Gap, Slot } from '../yaml/place.ts';
import type { HelmEdit } from '../../model/file-edit.ts';

type Current = Pick<ScalarChange, 'currentTag' | 'currentDigest'>;

/** Scalars of a values file. Helm reads its first document only, so the others are left alone. */
export function helmChanges(file: EditableFile, update: HelmEdit, image: ImageReference): readonly ScalarChange[] {
  const { values } = update;
  const find = (path: Path): Slot | Gap => locate(file, rootSlot(file, 0), path);
  if ('image' in values)
    return [imageChange(file, fillable(file, find(values.image), update.create), image, values.digest)];
  const tagPlace = fillable(file, find(values.tag), update.create);
  const digestPlace = values.digest && findDigest(file, tagPlace, find(values.digest), update.create);
  const now = readTag(currentText(file, tagPlace));
  const digestBeside = digestPlace && isBeside(digestPlace, tagPlace) ? lastKey(digestPlace) : undefined;
  refuseDigestBeside(file, tagPlace, digestBeside);
  if (!digestPlace) refuseDigest(file, now.digest, placeLabel(file, tagPlace), valueNode(tagPlace));
  const current = { currentTag: now.tag, currentDigest: (digestPlace && currentText(file, digestPlace)) ?? now.digest };
  const changes = [changeAt(file, tagPlace, { role: 'tag', to: requireTag(image), ...current })];
  if (digestPlace) changes.push(changeAt(file, digestPlace, { role: 'digest', to: requireDigest(image), ...current }));
  if (values.repository)
    changes.push(repositoryChange(file, fillable(file, find(values.repository), update.create), image, current));
  return changes;
}

// A digest may always be inserted beside a tag that is there.
function findDigest(file: EditableFile, tag: Slot | Gap, digest: Slot | Gap, create: boolean): Slot | Gap {
  return fillable(file, digest, create || ((tag.kind === 'slot' || tag.inherited !== null) && isBeside(digest, tag)));
}

function isBeside(a: Slot | Gap, b: Slot | Gap): boolean {
  return formatPath(wholePath(a).slice(0, -1)) === formatPath(wholePath(b).slice(0, -1));
}

function repositoryChange(
  file: EditableFile,
  place: Slot | Gap,
  image: ImageReference,
  current: Current,
): ScalarChange {
  const written = currentText(file, place);
  const map = mapAround(place);
  const registry = (map && scalarText(lookup(file, map, 'registry'))) ?? '';
  if (registry === '')
    return changeAt(file, place, { role: 'repository', to: nameAsWritten(written, image), ...current });
  // The chart joins `registry` and `repository`.
  const whole = written === null ? undefined : parseImageReference(`${registry}/${written}`);
  const same = whole !== undefined && sameImage(whole, image);
  const warnings =
    same || registry === image.registry
      ? []
      : [`the registry beside it is ${registry}, and the image is of ${image.registry}`];
  return changeAt(file, place, {
    role: 'repository',
    to: same && written !== null ? written : image.repository,
    ...current,
    warnings,
  });
}
