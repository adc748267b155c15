import type { ImageReference } from '../../model/image-reference.ts';
import { changeAt, currentText } from '../yaml/change.ts';
import type { ScalarChange } from '../yaml/change.ts';
import { refuseDigest, refuseDigestBeside } from './digest-left-behind.ts';
import type { DigestForm } from './digest-left-behind.ts';
import type { EditableFile } from '../yaml/editable-file.ts';
import { fillable } from '../yaml/fillable.ts';
import { repositoryToWrite } from './compare-name.ts';
import { imageChange } from './image-change.ts';
import { checkName, checkNameBeside, registriesOf } from './name-beside.ts';
import { readTag, requireDigest, requireTag } from './image-text.ts';
import { locate } from '../yaml/locate.ts';
import { formatPath } from '../../model/value-path.ts';
import type { Path } from '../../model/value-path.ts';
import { lastKey, mapAround, placeLabel, rootSlot, valueNode, wholePath } from '../yaml/place.ts';
import type { Gap, Slot } from '../yaml/place.ts';
import type { HelmEdit } from '../../model/file-edit.ts';

type Current = Pick<ScalarChange, 'currentTag' | 'currentDigest'>;

/** Scalars of a values file. Helm reads its first document only, so the others are left alone. */
export function helmChanges(file: EditableFile, update: HelmEdit, image: ImageReference): readonly ScalarChange[] {
  const { values } = update;
  const find = (path: Path): Slot | Gap => locate(file, rootSlot(file, 0), path);
  if ('image' in values)
    return [
      imageChange(file, fillable(file, find(values.image), update.create), image, {
        digest: values.digest,
        adopt: update.adopt,
      }),
    ];
  const at = (path: Path | undefined): Slot | Gap | undefined => path && fillable(file, find(path), update.create);
  const places = { tag: at(values.tag), digest: at(values.digest), repository: at(values.repository) };
  return splitChanges(file, places, image, { adopt: update.adopt, form: 'path' });
}

/** The places of an image whose parts are separate values. */
export interface SplitPlaces {
  readonly tag: Slot | Gap | undefined;
  readonly digest: Slot | Gap | undefined;
  readonly repository: Slot | Gap | undefined;
}

/**
 * Sets the parts of an image.
 *
 * @throws Failure `another-image`, `digest-left-behind`, `digest-needed` or `tag-needed`
 */
export function splitChanges(
  file: EditableFile,
  { tag: tagPlace, digest: digestPlace, repository }: SplitPlaces,
  image: ImageReference,
  { adopt, form }: { readonly adopt: boolean | undefined; readonly form: DigestForm },
): readonly ScalarChange[] {
  const now = readTag(tagPlace ? currentText(file, tagPlace) : null);
  if (tagPlace) {
    const digestBeside = digestPlace && isBeside(digestPlace, tagPlace) ? lastKey(digestPlace) : undefined;
    refuseDigestBeside(file, tagPlace, { written: digestBeside, form });
    if (!digestPlace) refuseDigest(file, now.digest, placeLabel(file, tagPlace), valueNode(tagPlace), 'tag');
  }
  const current = { currentTag: now.tag, currentDigest: (digestPlace && currentText(file, digestPlace)) ?? now.digest };
  const changes: ScalarChange[] = [];
  if (tagPlace) {
    const warnings = repository ? [] : checkNameBeside(file, tagPlace, image, adopt);
    changes.push(changeAt(file, tagPlace, { role: 'tag', to: requireTag(image), ...current, warnings }));
  }
  if (digestPlace) changes.push(changeAt(file, digestPlace, { role: 'digest', to: requireDigest(image), ...current }));
  if (repository) changes.push(repositoryChange(file, repository, image, current, adopt));
  return changes;
}

function isBeside(a: Slot | Gap, b: Slot | Gap): boolean {
  return formatPath(wholePath(a).slice(0, -1)) === formatPath(wholePath(b).slice(0, -1));
}

function repositoryChange(
  file: EditableFile,
  place: Slot | Gap,
  image: ImageReference,
  current: Current,
  adopt: boolean | undefined,
): ScalarChange {
  const written = currentText(file, place);
  const { document } = place.kind === 'slot' ? place : place.container;
  const registries = registriesOf(file, document, mapAround(place));
  const name = { name: written ?? '', path: placeLabel(file, place), node: valueNode(place) };
  const warnings = checkName(file, name, image, registries, adopt);
  const to = repositoryToWrite(written, image, registries);
  return changeAt(file, place, { role: 'repository', to, ...current, warnings });
}
