import { isMap, isScalar, isSeq } from 'yaml';
import type { ImageReference } from '../../model/image-reference.ts';
import type { EditableFile } from '../yaml/editable-file.ts';
import { lookup } from '../yaml/locate.ts';
import { itemSlot, keyText, label, lastKey, pairSlot, scalarText } from '../yaml/place.ts';
import type { Slot } from '../yaml/place.ts';
import { splitReference } from './image-text.ts';
import { checkName, checkNameBeside } from './name-beside.ts';
import { checkParameterBeside } from './parameter-name.ts';
import { readParameter } from './placeholder.ts';

/**
 * Compares the image with the names beside which the template of an ApplicationSet writes a generator's parameter.
 *
 * @returns warnings
 * @throws Failure `another-image`
 */
export function checkParameterUses(
  file: EditableFile,
  sources: readonly Slot[],
  parameter: string,
  image: ImageReference,
  adopt: boolean | undefined,
): readonly string[] {
  return sources.flatMap((source) => usesBelow(file, source, parameter).flatMap((use) => checkUse(source, use)));

  function checkUse(source: Slot, use: Slot): readonly string[] {
    const text = scalarText(use.node) ?? '';
    const name = splitReference(text.replace(/^[^=]*=/, ''))?.name;
    if (name !== undefined) {
      const path = label(file, use.document, use.path);
      return checkName(file, { name, path, node: use.node }, image, { global: [] }, adopt);
    }
    const helm =
      isMap(use.parent) && lastKey(use) === 'value' ? scalarText(lookup(file, use.parent, 'name')) : undefined;
    return helm === undefined
      ? checkNameBeside(file, use, image, adopt)
      : checkParameterBeside(file, [source], helm, image, adopt);
  }
}

function usesBelow(file: EditableFile, slot: Slot, parameter: string): readonly Slot[] {
  const { node } = slot;
  if (isScalar(node)) return readParameter(scalarText(node) ?? '')?.name === parameter ? [slot] : [];
  if (isMap(node)) {
    return node.items.flatMap((pair) => {
      const key = keyText(file, pair);
      return key === undefined ? [] : usesBelow(file, pairSlot(slot, node, pair, key), parameter);
    });
  }
  return isSeq(node)
    ? Array.from(node.items.keys()).flatMap((index) => usesBelow(file, itemSlot(slot, node, index), parameter))
    : [];
}
