import type { ImageReference } from '../image-reference.ts';
import type { ScalarChange } from './change.ts';
import type { EditableFile } from './editable-file.ts';
import { helmChanges } from './helm.ts';
import type { Update } from './update.ts';
import { yamlChanges } from './yaml-value.ts';

export { applyChanges } from './apply.ts';
export type { ScalarChange } from './change.ts';
export { openFile } from './editable-file.ts';
export type { EditableFile } from './editable-file.ts';

/**
 * Every scalar that an update sets for this image, those that hold the value already too (`from === to`). Nothing is
 * written: this is also how the file's present tag is read.
 *
 * @throws Failure with the place in the file; all its codes are permanent
 */
export function findChanges(file: EditableFile, update: Update, image: ImageReference): readonly ScalarChange[] {
  if (update.kind === 'helm') return helmChanges(file, update, image);
  if (update.kind === 'yaml') return yamlChanges(file, update, image);
  throw new Error(`The kind ${update.kind} comes with the next commits.`);
}
