import { Failure } from '../../model/failure.ts';
import type { FileEdit } from '../../model/file-edit.ts';
import type { ScalarChange } from '../yaml/change.ts';
import type { EditableFile } from '../yaml/editable-file.ts';
import { splitReference } from './image-text.ts';

/**
 * Refuses a change that replaces a whole reference by a tag: the name would be lost, whichever image it is.
 *
 * @throws Failure `whole-reference`
 */
export function refuseReferences(file: EditableFile, update: FileEdit, changes: readonly ScalarChange[]): void {
  // A value without the tag replaces anything on purpose.
  if (update.kind === 'yaml' && !update.value.includes('{tag}')) return;
  for (const { role, from, to, path, line, column } of changes) {
    const text = from?.trim() ?? '';
    if ((role !== 'tag' && role !== 'value') || to.includes('/') || !isWhole(text)) continue;
    throw new Failure(
      'whole-reference',
      `${file.file}: ${path} is the reference ${JSON.stringify(text)}, and the route writes only ${JSON.stringify(to)} there. Write the whole reference: \`image\` instead of \`tag\`, or \`{repository}:{tag}\` in the value of a \`yaml\` update.`,
      { place: { file: file.file, line, column } },
    );
  }
}

function isWhole(text: string): boolean {
  const reference = splitReference(text);
  return reference !== undefined && reference.name.includes('/') && reference.name !== text;
}
