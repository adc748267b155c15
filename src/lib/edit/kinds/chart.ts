import { isMap, isSeq } from 'yaml';
import type { ImageReference } from '../../model/image-reference.ts';
import { splitImageName } from '../../model/image-reference.ts';
import { refuseAnotherImage } from './another-image.ts';
import { changeAt, currentText } from '../yaml/change.ts';
import type { ScalarChange } from '../yaml/change.ts';
import { chartVersion, isVersionRange } from './chart-version.ts';
import { failureAt } from '../yaml/editable-file.ts';
import type { EditableFile } from '../yaml/editable-file.ts';
import { sameImage } from './image-text.ts';
import { fillable } from '../yaml/fillable.ts';
import { find, locate, lookup } from '../yaml/locate.ts';
import { keys } from '../../model/value-path.ts';
import { resolved, rootSlot, scalarText, valueNode } from '../yaml/place.ts';
import { startOf } from '../yaml/structure.ts';
import type { ChartEdit } from '../../model/file-edit.ts';

/** The version of a dependency in a `Chart.yaml`. A `Chart.lock` beside it is set by `lockChanges`. */
export function chartChanges(file: EditableFile, update: ChartEdit, image: ImageReference): readonly ScalarChange[] {
  const root = rootSlot(file, 0);
  const index = dependencyIndex(file, update);
  const dependency = [...keys('dependencies'), { kind: 'index', index } as const];
  const place = fillable(file, locate(file, root, [...dependency, ...keys('version')]), update.create);
  const current = currentText(file, place);
  const warnings: string[] = [];
  if (current !== null && isVersionRange(current))
    warnings.push(`replaces the range ${JSON.stringify(current)} by one version`);
  const text = (key: string): string => scalarText(find(file, root, [...dependency, ...keys(key)])?.node) ?? '';
  const [name, source, alias] = [text('name'), text('repository'), text('alias')];
  const from = source.startsWith('oci://') ? `${source.slice(6).replace(/\/+$/, '')}/${name}` : source;
  const split = source.startsWith('oci://') ? splitImageName(from) : undefined;
  if (!split || !sameImage(split, image)) {
    const node = find(file, root, [...dependency, ...keys('repository')])?.node ?? valueNode(place);
    const shown = alias === '' ? name : alias;
    warnings.push(
      refuseAnotherImage(
        file,
        { name: from, path: `the source of the dependency ${shown}`, node },
        image,
        update.adopt,
      ),
    );
  }
  const shownPath = [
    ...keys('dependencies'),
    { kind: 'member', ...(alias === '' ? { field: 'name', value: name } : { field: 'alias', value: alias }) } as const,
    ...keys('version'),
  ];
  return [
    changeAt(file, place, {
      role: 'version',
      to: chartVersion(image),
      currentTag: current,
      currentDigest: null,
      warnings,
      shownPath,
    }),
  ];
}

function dependencyIndex(file: EditableFile, { dependency }: ChartEdit): number {
  const list = find(file, rootSlot(file, 0), keys('dependencies'));
  const members = isSeq(list?.node) ? list.node.items.map((item) => resolved(file, item)) : [];
  const matches = (field: string): number[] =>
    members.flatMap((member, index) =>
      isMap(member) && scalarText(lookup(file, member, field)) === dependency ? [index] : [],
    );
  const byAlias = matches('alias');
  const found = byAlias.length > 0 ? byAlias : matches('name');
  const [index, ...others] = found;
  if (index !== undefined && others.length === 0) return index;
  if (index !== undefined) {
    throw failureAt(
      file,
      'path-ambiguous',
      `${file.file} has ${found.length} dependencies named ${dependency}; name one by its alias.`,
      startOf(members[index]),
    );
  }
  const names = members.flatMap((member) => (isMap(member) ? (scalarText(lookup(file, member, 'name')) ?? []) : []));
  throw failureAt(
    file,
    'path-not-found',
    `${file.file} has no dependency ${dependency}; it has ${names.length === 0 ? 'none' : names.join(', ')}. Correct the route.`,
    startOf(list?.node),
  );
}
