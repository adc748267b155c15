import { isMap } from 'yaml';
import { imageName, splitImageName } from '../../model/image-reference.ts';
import type { ImageReference } from '../../model/image-reference.ts';
import type { Reading } from './application-reading.ts';
import { changeAt, currentText } from '../yaml/change.ts';
import { chartVersion, isVersionRange } from './chart-version.ts';
import { failureAt } from '../yaml/editable-file.ts';
import type { EditableFile } from '../yaml/editable-file.ts';
import { fillable } from '../yaml/fillable.ts';
import { locate, lookup } from '../yaml/locate.ts';
import { keys } from '../../model/value-path.ts';
import { placeLabel, scalarText, valueNode } from '../yaml/place.ts';
import type { Slot } from '../yaml/place.ts';
import { startOf } from '../yaml/structure.ts';
import type { ApplicationEdit } from '../../model/file-edit.ts';

/** `targetRevision` of a source that deploys the pushed chart: `repoURL` and `chart`, or `oci://host/repository`. */
export function chartReadings(
  file: EditableFile,
  source: Slot,
  update: ApplicationEdit,
  image: ImageReference,
): readonly Reading[] {
  const { node } = source;
  if (!isMap(node)) return [];
  const text = (key: string): string => scalarText(lookup(file, node, key)) ?? '';
  const url = text('repoURL');
  const chart = text('chart');
  if (chart === '' && !url.startsWith('oci://')) return [];
  const name = splitImageName(
    [url.replace(/^oci:\/\//, '').replace(/\/+$/, ''), chart].filter((part) => part !== '').join('/'),
  );
  if (!name || imageName(name) !== imageName(image)) return [];
  const changes: Reading['changes'] = () => {
    const place = fillable(file, locate(file, source, keys('targetRevision')), update.create);
    const current = currentText(file, place);
    const where = placeLabel(file, place);
    if (update.digest)
      throw failureAt(
        file,
        'digest-not-writable',
        `${file.file}: ${where} holds a chart's version and has no room for a digest. Remove \`digest: true\` from the route.`,
        startOf(valueNode(place)) ?? startOf(node),
      );
    if (current !== null && isVersionRange(current)) {
      throw failureAt(
        file,
        'version-range',
        `${file.file}: ${where} is the range ${JSON.stringify(current)}, which Argo CD resolves by itself. Write one version there, or remove this update from the route.`,
        startOf(valueNode(place)),
      );
    }
    const isDigest = current?.includes('sha256:') === true;
    return [
      changeAt(file, place, {
        role: 'version',
        to: chartVersion(image),
        currentTag: isDigest ? null : current,
        currentDigest: isDigest ? current : null,
      }),
    ];
  };
  return [{ at: source, changes }];
}
