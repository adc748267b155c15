import { imageName } from '../../model/image-reference.ts';
import type { ImageReference } from '../../model/image-reference.ts';
import { elementChanges } from './application-element.ts';
import { namedParameters } from './application-parameters.ts';
import { onlyReading } from './application-reading.ts';
import { applicationSources } from './application-sources.ts';
import { sourceReadings } from './source-readings.ts';
import type { ScalarChange } from '../yaml/change.ts';
import { failureAt } from '../yaml/editable-file.ts';
import type { EditableFile } from '../yaml/editable-file.ts';
import type { ApplicationEdit } from '../../model/file-edit.ts';

/**
 * The changes that set an image in an Argo CD Application or ApplicationSet: the parameters that the update names, else the one
 * place that names the image's repository.
 *
 * @throws Failure `image-not-found` where no place names it, `path-ambiguous` where several do
 */
export function applicationChanges(
  file: EditableFile,
  update: ApplicationEdit,
  image: ImageReference,
): readonly ScalarChange[] {
  const sources = applicationSources(file);
  if (update.element) return elementChanges(file, update, update.element, image);
  if (update.parameters) return namedParameters(file, sources, update, update.parameters, image);
  const changes = onlyReading(file, sourceReadings(file, sources, update, image), image);
  if (changes) return changes;
  throw failureAt(
    file,
    'image-not-found',
    `${file.file}: no source names ${imageName(image)} in kustomize.images, helm.parameters, helm.valuesObject, or as its chart (the text of helm.values is not read). Name the parameters in the route, or move the image into a values file.`,
  );
}
