import { isMap } from 'yaml';
import { keys } from '../../model/value-path.ts';
import type { EditableFile } from '../yaml/editable-file.ts';
import { locate } from '../yaml/locate.ts';
import { ownPairs } from '../yaml/place.ts';
import type { Gap, Slot } from '../yaml/place.ts';

/** The place of a parameter in a generator's element: a key with this name, else keys below each other (`image.tag`). */
export function parameterPlace(file: EditableFile, element: Slot, name: string): Slot | Gap {
  const { node } = element;
  const whole = isMap(node) && ownPairs(file, node, name).length > 0;
  return locate(file, element, keys(...(whole ? [name] : name.split('.'))));
}
