import { isAlias, isMap, isScalar, isSeq } from 'yaml';
import { formatPosition } from '../../model/failure.ts';
import type { FileEdit } from '../../model/file-edit.ts';
import { imageName } from '../../model/image-reference.ts';
import type { ImageReference } from '../../model/image-reference.ts';
import { formatPath } from '../../model/value-path.ts';
import type { ScalarChange } from '../yaml/change.ts';
import type { EditableFile } from '../yaml/editable-file.ts';
import { lookup } from '../yaml/locate.ts';
import { nodesAround } from '../yaml/nodes-around.ts';
import { itemSlot, keyText, label, pairSlot, rootSlot, scalarText } from '../yaml/place.ts';
import type { Slot } from '../yaml/place.ts';
import { startOf } from '../yaml/structure.ts';
import { namesImage } from './beside-repository.ts';
import { isWholeReference, readReference } from './image-text.ts';

/** At most so many places are named in a warning. */
const maxPlaces = 10;

/**
 * The warning of a partial update: the places of a file that hold another tag of the image and that no change sets.
 *
 * @param changes every change of the file; an edit that names its places by path has no places left
 */
export function placesLeft(
  file: EditableFile,
  edit: FileEdit,
  changes: readonly ScalarChange[],
  image: ImageReference,
): string | undefined {
  if (!findsByImage(edit) || changes.every(({ from, to }) => from === to)) return undefined;
  const set = new Set(changes.map(({ scalar }) => scalar));
  const left = Array.from(file.documents.keys())
    .flatMap((index) => imagesIn(file, rootSlot(file, index), image))
    .filter(({ document, path }) => !set.has(`${document}:${formatPath(path)}`));
  if (left.length === 0) return undefined;
  const places = left
    .slice(0, maxPlaces)
    .map((slot) => `${label(file, slot.document, slot.path)} (${positionOf(file, slot)})`);
  const more = left.length > places.length ? ` and ${left.length - places.length} more` : '';
  return `${imageName(image)} stays at its old tag at ${places.join(', ')}${more}: \`${edit.kind}\` does not write there. Add a \`yaml\` update.`;
}

/** Whether an update looks for the image in the whole file. */
function findsByImage(edit: FileEdit): boolean {
  if (edit.kind === 'manifest') return edit.container === undefined;
  return edit.kind === 'application' && !edit.parameters && !edit.element && edit.artifact !== 'chart';
}

/** The scalars with another tag of the image: references, tags beside the name, and texts that contain a reference. */
function imagesIn(file: EditableFile, root: Slot, image: ImageReference): readonly Slot[] {
  // Every spelling of a name has its last part. A merge key may supply the name.
  const last = image.repository.slice(image.repository.lastIndexOf('/') + 1);
  const around = nodesAround(
    root.node,
    (node) => isAlias(node) || (isScalar(node) && String(node.value).includes(last)),
  );
  return imagesBelow(file, root, image, around);
}

function imagesBelow(
  file: EditableFile,
  slot: Slot,
  image: ImageReference,
  around: ReadonlySet<unknown>,
): readonly Slot[] {
  const { node } = slot;
  if (!around.has(node)) return [];
  if (isScalar(node)) {
    const text = scalarText(node) ?? '';
    const isOld = isWholeReference(text, image) ? readReference(text).tag !== image.tag : hasOldTag(text, image);
    return isOld ? [slot] : [];
  }
  if (isSeq(node)) {
    return node.items.flatMap((item, index) =>
      around.has(item) ? imagesBelow(file, itemSlot(slot, node, index), image, around) : [],
    );
  }
  if (!isMap(node)) return [];
  const text = (key: string): string | undefined => scalarText(lookup(file, node, key));
  const isNamed = namesImage(text('registry'), text('repository') ?? text('newName') ?? text('name'), image);
  return node.items.flatMap((pair): readonly Slot[] => {
    const key = keyText(file, pair);
    const isTag = key !== undefined && isNamed && /^(?:tag|newTag)$/.test(key);
    if (key === undefined || !(isTag || around.has(pair.value))) return [];
    const child = pairSlot(slot, node, pair, key);
    const tag = isTag ? scalarText(child.node) : undefined;
    if (tag !== undefined) return tag === '' || tag === image.tag ? [] : [child];
    return imagesBelow(file, child, image, around);
  });
}

/** Whether a text of several lines, such as `helm.values`, has the image with another tag. */
function hasOldTag(text: string, image: ImageReference): boolean {
  if (!text.includes('\n')) return false;
  const name = `${imageName(image)}:`;
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    const tag = /^[\w.-]+/.exec(text.slice(at + name.length, at + name.length + 128))?.[0];
    if (tag !== undefined && tag !== image.tag) return true;
  }
  return false;
}

function positionOf(file: EditableFile, { node }: Slot): string {
  return formatPosition({ file: file.file, ...file.position(startOf(node) ?? 0) });
}
