import type { ApplicationEdit } from '../../model/file-edit.ts';
import type { ImageReference } from '../../model/image-reference.ts';
import type { EditableFile } from '../yaml/editable-file.ts';
import type { Slot } from '../yaml/place.ts';
import { chartReadings } from './application-chart.ts';
import { kustomizeReadings } from './application-kustomize.ts';
import { parameterReadings } from './application-parameters.ts';
import type { Reading } from './application-reading.ts';
import { valuesReadings } from './application-values.ts';

const imageFinders = [kustomizeReadings, parameterReadings, valuesReadings];
const finders = { image: imageFinders, chart: [chartReadings], unknown: [...imageFinders, chartReadings] } as const;

/** Every place of the sources that names the image. */
export function sourceReadings(
  file: EditableFile,
  sources: readonly Slot[],
  update: ApplicationEdit,
  image: ImageReference,
): readonly Reading[] {
  return sources.flatMap((source) =>
    finders[update.artifact ?? 'unknown'].flatMap((find) => find(file, source, update, image)),
  );
}
