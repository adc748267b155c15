import { isAlias, isMap, isSeq } from 'yaml';
import { imageName, splitImageName } from '../../model/image-reference.ts';
import type { ImageReference } from '../../model/image-reference.ts';
import { changeAt, currentText } from '../yaml/change.ts';
import type { ScalarChange } from '../yaml/change.ts';
import { refuseAnotherImage } from './another-image.ts';
import { compareName } from './compare-name.ts';
import type { NameRelation } from './compare-name.ts';
import { refuseDigest } from './digest-left-behind.ts';
import { failureAt } from '../yaml/editable-file.ts';
import type { EditableFile } from '../yaml/editable-file.ts';
import { readTag, requireDigest, requireTag, sameImage } from './image-text.ts';
import { fillable } from '../yaml/fillable.ts';
import { aliasedValue, find, locate, lookup } from '../yaml/locate.ts';
import { keys } from '../../model/value-path.ts';
import type { PathSegment } from '../../model/value-path.ts';
import { itemSlot, placeLabel, resolved, rootSlot, scalarText, valueNode } from '../yaml/place.ts';
import type { Gap, Slot } from '../yaml/place.ts';
import { startOf } from '../yaml/structure.ts';
import type { KustomizeEdit } from '../../model/file-edit.ts';

/**
 * The entry of `images:` that `kustomize edit set image NAME=IMAGE:TAG[@DIGEST]` would set, or the entry to insert.
 * Without a name in the update, an entry whose `newName` is the image counts as its own.
 */
export function kustomizeChanges(
  file: EditableFile,
  update: KustomizeEdit,
  image: ImageReference,
): readonly ScalarChange[] {
  const root = rootSlot(file, 0);
  requireKustomization(file);
  const name = update.name ?? imageName(image);
  const found = findEntry(file, update, image);
  const entry = found ?? { kind: 'member', field: 'name', value: name };
  const field = (key: string) => locate(file, root, [...keys('images'), entry, ...keys(key)]);
  const [newName, newTag, digest] = [field('newName'), field('newTag'), field('digest')];
  if (!found) fillable(file, newTag, update.create);
  const currentDigest = currentText(file, digest);
  const now = readTag(currentText(file, newTag));
  if (!update.digest) {
    refuseDigest(file, currentDigest, placeLabel(file, digest), valueNode(digest));
    refuseDigest(file, now.digest, placeLabel(file, newTag), valueNode(newTag));
  }
  const current = { currentTag: now.tag, currentDigest: currentDigest ?? now.digest };

  const changes: ScalarChange[] = [];
  const renamed = currentText(file, newName);
  const entryName = textAt(file, entry, 'name') ?? name;
  const kept = renamed !== null && relationOf(renamed, image) !== 'other';
  const warnings = renamed === null ? [] : nameWarnings(file, newName, renamed, image, update.adopt);
  if (renamed !== null || !names(entryName, image)) {
    const to = kept ? renamed : imageName(image);
    changes.push(changeAt(file, newName, { role: 'repository', to, ...current }));
  }
  changes.push(changeAt(file, newTag, { role: 'tag', to: requireTag(image), ...current, warnings }));
  if (update.digest) changes.push(changeAt(file, digest, { role: 'digest', to: requireDigest(image), ...current }));
  return changes;
}

function relationOf(name: string, image: ImageReference): NameRelation {
  return compareName(name, image, { global: [] });
}

/** A name in a mirror stays, with a warning. */
function nameWarnings(
  file: EditableFile,
  place: Slot | Gap,
  name: string,
  image: ImageReference,
  adopt: boolean | undefined,
): readonly string[] {
  const relation = relationOf(name, image);
  const path = placeLabel(file, place);
  if (relation === 'mirror') return [`${path} is ${name}, a mirror of ${imageName(image)}: only the tag changes`];
  if (relation !== 'other') return [];
  return [refuseAnotherImage(file, { name, path, node: valueNode(place) }, image, adopt)];
}

function requireKustomization(file: EditableFile): void {
  const root = rootSlot(file, 0).node;
  const kind = isMap(root) ? scalarText(lookup(file, root, 'kind')) : undefined;
  if (kind === undefined || kind === '' || kind === 'Kustomization' || kind === 'Component') return;
  throw failureAt(
    file,
    'unexpected-kind',
    `${file.file} is a ${kind}; \`kustomize\` edits a Kustomization or a Component. Correct the file or the update kind in the route.`,
    startOf(root),
  );
}

function findEntry(file: EditableFile, { name }: KustomizeEdit, image: ImageReference): PathSegment | undefined {
  const images = find(file, rootSlot(file, 0), keys('images'));
  if (!images || !isSeq(images.node)) return undefined;
  const { node } = images;
  const indexes = (matches: (entry: string | undefined, newName: string | undefined) => boolean): number[] =>
    node.items.flatMap((item, index) => {
      const entry = resolved(file, item);
      if (!isMap(entry)) return [];
      return matches(scalarText(lookup(file, entry, 'name')), scalarText(lookup(file, entry, 'newName')))
        ? [index]
        : [];
    });
  const byName = indexes((entry) => entry === name || (name === undefined && names(entry, image)));
  const found = byName.length > 0 || name !== undefined ? byName : indexes((_, newName) => names(newName, image));
  const [index] = found;
  if (index === undefined) return undefined;
  const slot = itemSlot(images, node, index);
  if (found.length > 1) {
    const wanted = name ?? imageName(image);
    throw failureAt(
      file,
      'path-ambiguous',
      `${file.file}: ${found.length} entries of images are for ${wanted} (indexes ${found.join(', ')}); one is meant. Remove the others, or give the \`name\` of one in the route.`,
      startOf(slot.node),
    );
  }
  if (isAlias(slot.node)) throw aliasedValue(file, slot);
  return { kind: 'index', index };
}

function textAt(file: EditableFile, entry: PathSegment, key: string): string | null {
  return currentText(file, locate(file, rootSlot(file, 0), [...keys('images'), entry, ...keys(key)]));
}

/** Whether a name, however it is written, is the image's. */
function names(name: string | undefined, image: ImageReference): boolean {
  const parsed = name === undefined ? undefined : splitImageName(name);
  return parsed !== undefined && sameImage(parsed, image);
}
