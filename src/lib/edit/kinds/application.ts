import { imageName } from '../../model/image-reference.ts';
import type { ImageReference } from '../../model/image-reference.ts';
import { chartReadings } from './application-chart.ts';
import { kustomizeReadings } from './application-kustomize.ts';
import { namedParameters, parameterReadings } from './application-parameters.ts';
import { applicationSources } from './application-sources.ts';
import { valuesReadings } from './application-values.ts';
import type { ScalarChange } from '../yaml/change.ts';
import { failureAt } from '../yaml/editable-file.ts';
import type { EditableFile } from '../yaml/editable-file.ts';
import { label } from '../yaml/place.ts';
import { startOf } from '../yaml/structure.ts';
import type { ApplicationEdit } from '../../model/file-edit.ts';

const imageFinders = [kustomizeReadings, parameterReadings, valuesReadings];
const finders = { image: imageFinders, chart: [chartReadings], unknown: [...imageFinders, chartReadings] } as const;

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
  if (update.parameters) return namedParameters(file, sources, update, update.parameters, image);
  const readings = sources.flatMap((source) =>
    finders[update.artifact ?? 'unknown'].flatMap((find) => find(file, source, update, image)),
  );
  const [only, ...others] = readings;
  if (only && others.length === 0) return only.changes();
  const name = imageName(image);
  if (!only) {
    throw failureAt(
      file,
      'image-not-found',
      `${file.file}: no source names ${name} in kustomize.images, helm.parameters, helm.valuesObject, or as its chart (the text of helm.values is not read). Name the parameters in the route, or move the image into a values file.`,
    );
  }
  const places = readings.map(
    ({ at }) => `${label(file, at.document, at.path)} (line ${file.position(startOf(at.node) ?? 0).line})`,
  );
  throw failureAt(
    file,
    'path-ambiguous',
    `${file.file}: ${readings.length} places name ${name}: ${places.join(', ')}; one is meant. Name the \`parameters\` in the route, or set \`yaml\` paths.`,
    startOf(only.at.node),
  );
}
