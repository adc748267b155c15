import type { ImageReference } from '../image-reference.ts';
import { applicationChanges } from './application.ts';
import type { ScalarChange } from './change.ts';
import { chartChanges } from './chart.ts';
import type { EditableFile } from './editable-file.ts';
import { helmChanges } from './helm.ts';
import { kustomizeChanges } from './kustomize.ts';
import { manifestChanges } from './manifest.ts';
import type { Update } from './update.ts';
import { yamlChanges } from './yaml-value.ts';

export { applyChanges } from './apply.ts';
export type { ScalarChange } from './change.ts';
export { chartLockPath, lockChanges } from './chart-lock.ts';
export { decode } from './decode.ts';
export { openFile } from './editable-file.ts';
export type { EditableFile } from './editable-file.ts';
export { isMissingFromCapture } from './path-not-found.ts';

/**
 * Every scalar that an update sets for this image, those that hold the value already too (`from === to`). Nothing is
 * written: this is also how the file's present tag is read.
 *
 * A chart update changes a `Chart.lock` as well: see `chartLockPath` and `lockChanges`.
 *
 * @throws Failure with the place in the file; all its codes are permanent
 */
export function findChanges(file: EditableFile, update: Update, image: ImageReference): readonly ScalarChange[] {
  if (update.kind === 'helm') return helmChanges(file, update, image);
  if (update.kind === 'kustomize') return kustomizeChanges(file, update, image);
  if (update.kind === 'manifest') return manifestChanges(file, update, image);
  if (update.kind === 'application') return applicationChanges(file, update, image);
  if (update.kind === 'chart') return chartChanges(file, update, image);
  return yamlChanges(file, update, image);
}
