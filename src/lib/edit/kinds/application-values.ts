import { isMap, isScalar, isSeq } from 'yaml';
import type { ImageReference } from '../../model/image-reference.ts';
import type { Reading } from './application-reading.ts';
import { namesImage, tagChanges } from './beside-repository.ts';
import type { EditableFile } from '../yaml/editable-file.ts';
import { imageChange } from './image-change.ts';
import { isWholeReference } from './image-text.ts';
import { find, locate, lookup } from '../yaml/locate.ts';
import { keys } from '../../model/value-path.ts';
import { itemSlot, keyText, pairSlot, scalarText } from '../yaml/place.ts';
import type { Slot } from '../yaml/place.ts';
import type { ApplicationEdit } from '../../model/file-edit.ts';

/** Whole references in `helm.valuesObject`, and tags beside a repository that is the image's. */
export function valuesReadings(
  file: EditableFile,
  source: Slot,
  update: ApplicationEdit,
  image: ImageReference,
): readonly Reading[] {
  const values = find(file, source, keys('helm', 'valuesObject'));
  return values ? imageReadings(file, values, update, image) : [];
}

/** Whole references anywhere below a slot, and tags beside a repository that is the image's. */
export function imageReadings(
  file: EditableFile,
  slot: Slot,
  update: ApplicationEdit,
  image: ImageReference,
): readonly Reading[] {
  const readings: Reading[] = [];
  visit(slot);
  return readings;

  function visit(slot: Slot): void {
    const { node } = slot;
    if (isScalar(node)) {
      if (isWholeReference(String(node.value), image)) {
        readings.push({ at: slot, changes: () => [imageChange(file, slot, image, { digest: update.digest })] });
      }
    } else if (isMap(node)) {
      const text = (key: string): string | undefined => scalarText(lookup(file, node, key));
      if (namesImage(text('registry'), text('repository'), image)) {
        const places = { tag: locate(file, slot, keys('tag')), digest: locate(file, slot, keys('digest')) };
        readings.push({
          at: slot,
          changes: () => tagChanges(file, places, { withDigest: update.digest, create: update.create }, image),
        });
      }
      for (const pair of node.items) {
        const key = keyText(file, pair);
        if (key !== undefined) visit(pairSlot(slot, node, pair, key));
      }
    } else if (isSeq(node)) {
      for (const index of node.items.keys()) visit(itemSlot(slot, node, index));
    }
  }
}
