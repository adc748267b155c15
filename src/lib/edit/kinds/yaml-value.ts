import type { ImageReference } from '../../model/image-reference.ts';
import { changeAt, currentText } from '../yaml/change.ts';
import type { ScalarChange } from '../yaml/change.ts';
import { refuseDigest, refuseDigestBeside } from './digest-left-behind.ts';
import type { EditableFile } from '../yaml/editable-file.ts';
import { fillable } from '../yaml/fillable.ts';
import { findPath } from '../yaml/find-path.ts';
import { mapAround, placeLabel, valueNode } from '../yaml/place.ts';
import type { Gap, Slot } from '../yaml/place.ts';
import { splitReference } from './image-text.ts';
import { checkName, checkNameBeside, registriesOf } from './name-beside.ts';
import { fillTemplate, readTemplate } from './template.ts';
import type { YamlEdit } from '../../model/file-edit.ts';

/** One scalar of any YAML or JSON file, set to a template. */
export function yamlChanges(file: EditableFile, update: YamlEdit, image: ImageReference): readonly ScalarChange[] {
  const place = fillable(file, findPath(file, update.path), update.create);
  const text = currentText(file, place);
  const current = readTemplate(update.value, text?.trim() ?? '');
  if (!update.value.includes('{digest}')) {
    const digest = /sha(?:256|512):[0-9a-f]{64,}/.exec(text ?? '')?.[0] ?? null;
    refuseDigest(file, digest, placeLabel(file, place), valueNode(place), 'placeholder');
    refuseDigestBeside(file, place, { form: 'helm' });
  }
  const to = fillTemplate(update.value, image);
  const warnings = nameWarnings(file, place, to, text, update, image);
  return [
    changeAt(file, place, { role: 'value', to, currentTag: current.tag, currentDigest: current.digest, warnings }),
  ];
}

/** Compares the image with the name in the old value, or with the name beside it if the value has none. */
function nameWarnings(
  file: EditableFile,
  place: Slot | Gap,
  to: string,
  from: string | null,
  { value, adopt }: YamlEdit,
  image: ImageReference,
): readonly string[] {
  if (!value.includes('{repository}') && !splitReference(to)?.name.includes('/')) {
    return checkNameBeside(file, place, image, adopt);
  }
  const written = from === null ? undefined : splitReference(from.trim())?.name;
  if (written === undefined || written === splitReference(to)?.name) return [];
  const { document } = place.kind === 'slot' ? place : place.container;
  const name = { name: written, path: placeLabel(file, place), node: valueNode(place) };
  return checkName(file, name, image, registriesOf(file, document, mapAround(place)), adopt);
}
