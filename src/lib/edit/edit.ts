import type { ImageReference } from '../model/image-reference.ts';
import { applicationChanges } from './kinds/application.ts';
import type { ScalarChange } from './yaml/change.ts';
import { chartChanges } from './kinds/chart.ts';
import type { EditableFile } from './yaml/editable-file.ts';
import { helmChanges } from './kinds/helm.ts';
import { kustomizeChanges } from './kinds/kustomize.ts';
import { manifestChanges } from './kinds/manifest.ts';
import { refusePlaceholders } from './kinds/refuse-placeholders.ts';
import { refuseReferences } from './kinds/refuse-references.ts';
import type { FileEdit } from '../model/file-edit.ts';
import { yamlChanges } from './kinds/yaml-value.ts';

export { applyChanges } from './yaml/apply.ts';
export type { ScalarChange } from './yaml/change.ts';
export { chartLockPath, lockChanges } from './kinds/chart-lock.ts';
export { decode, requireSize } from './yaml/decode.ts';
export { openFile, openInSteps } from './yaml/editable-file.ts';
export type { EditableFile } from './yaml/editable-file.ts';
export { placesLeft } from './kinds/places-left.ts';
export { lfsPointer } from './yaml/other-formats.ts';
export { isMissingFromCapture } from './yaml/path-not-found.ts';

/**
 * Every scalar that an update sets for this image, those that hold the value already too (`from === to`). Nothing is
 * written: this is also how the file's present tag is read.
 *
 * A chart update changes a `Chart.lock` as well: see `chartLockPath` and `lockChanges`.
 *
 * @throws Failure with the place in the file; all its codes are permanent
 */
export function findChanges(file: EditableFile, update: FileEdit, image: ImageReference): readonly ScalarChange[] {
  const changes = changesOf(file, update, image);
  refusePlaceholders(file, changes);
  refuseReferences(file, update, changes);
  return changes;
}

function changesOf(file: EditableFile, update: FileEdit, image: ImageReference): readonly ScalarChange[] {
  if (update.kind === 'helm') return helmChanges(file, update, image);
  if (update.kind === 'kustomize') return kustomizeChanges(file, update, image);
  if (update.kind === 'manifest') return manifestChanges(file, update, image);
  if (update.kind === 'application') return applicationChanges(file, update, image);
  if (update.kind === 'chart') return chartChanges(file, update, image);
  return yamlChanges(file, update, image);
}
