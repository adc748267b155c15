import { isMap } from 'yaml';
import type { ImageReference } from '../../model/image-reference.ts';
import type { Reading } from './application-reading.ts';
import { items } from './application-sources.ts';
import { namesImage, tagChanges } from './beside-repository.ts';
import { repositoryToWrite } from './compare-name.ts';
import { changeAt, currentText } from '../yaml/change.ts';
import type { ScalarChange } from '../yaml/change.ts';
import { digestKeys, refuseDigest } from './digest-left-behind.ts';
import { failureAt } from '../yaml/editable-file.ts';
import type { EditableFile } from '../yaml/editable-file.ts';
import { fillable } from '../yaml/fillable.ts';
import { imageChange } from './image-change.ts';
import { isWholeReference, readTag, requireDigest, requireTag } from './image-text.ts';
import { find, locate, lookup } from '../yaml/locate.ts';
import { keys } from '../../model/value-path.ts';
import { checkParameter, checkParameterBeside, registryBeside } from './parameter-name.ts';
import { parameterList, parameterPath } from './parameter-path.ts';
import { placeLabel, resolved, scalarText, valueNode } from '../yaml/place.ts';
import type { Gap, Slot } from '../yaml/place.ts';
import type { ApplicationEdit } from '../../model/file-edit.ts';

/** Whole references in `helm.parameters`, and `X.tag` beside an `X.repository` that is the image's. */
export function parameterReadings(
  file: EditableFile,
  source: Slot,
  update: ApplicationEdit,
  image: ImageReference,
): readonly Reading[] {
  const parameters = find(file, source, parameterList);
  return (parameters ? items(parameters) : []).flatMap((at): Reading[] => {
    const member = resolved(file, at.node);
    if (!isMap(member)) return [];
    const name = scalarText(lookup(file, member, 'name')) ?? '';
    const value = scalarText(lookup(file, member, 'value')) ?? '';
    if (isWholeReference(value, image)) {
      return [
        {
          at,
          changes: () => [
            imageChange(file, locate(file, at, keys('value')), image, {
              digest: update.digest,
              shownPath: parameterPath(source, name),
            }),
          ],
        },
      ];
    }
    const stem = /^(|.*\.)repository$/.exec(name)?.[1];
    if (stem === undefined || !namesImage(textOf(file, source, `${stem}registry`), value, image)) return [];
    const places = { tag: parameter(file, source, `${stem}tag`), digest: parameter(file, source, `${stem}digest`) };
    return [
      { at, changes: () => tagChanges(file, places, { withDigest: update.digest, create: update.create }, image) },
    ];
  });
}

/**
 * The parameters that the update names, each in the one source that has it.
 *
 * @throws Failure `path-not-found` where none has it and `create` is not set, `path-ambiguous` where several have it
 */
export function namedParameters(
  file: EditableFile,
  sources: readonly Slot[],
  update: ApplicationEdit,
  { tag, digest, repository, image: reference }: NonNullable<ApplicationEdit['parameters']>,
  image: ImageReference,
): readonly ScalarChange[] {
  const { adopt } = update;
  const at = (name: string): Slot | Gap => fillable(file, parameterOf(file, sources, name), update.create);
  const changes: ScalarChange[] = [];
  if (reference !== undefined)
    changes.push(imageChange(file, at(reference), image, { digest: update.digest, adopt: update.adopt }));
  const tagPlace = tag === undefined ? undefined : at(tag);
  const digestPlace = digest === undefined ? undefined : at(digest);
  if (tag !== undefined) refuseDigestsBeside(file, sources, tag, digest);
  const now = readTag(tagPlace ? currentText(file, tagPlace) : null);
  if (tagPlace && !digestPlace) refuseDigest(file, now.digest, placeLabel(file, tagPlace), valueNode(tagPlace), 'tag');
  const current = { currentTag: now.tag, currentDigest: (digestPlace && currentText(file, digestPlace)) ?? now.digest };
  if (tagPlace) {
    const warnings = repository === undefined ? checkParameterBeside(file, sources, tag ?? '', image, adopt) : [];
    changes.push(changeAt(file, tagPlace, { role: 'tag', to: requireTag(image), ...current, warnings }));
  }
  if (digestPlace) changes.push(changeAt(file, digestPlace, { role: 'digest', to: requireDigest(image), ...current }));
  if (repository !== undefined) {
    const place = at(repository);
    const registry = registryBeside(file, sources, repository);
    const warnings = checkParameter(file, place, registry, image, adopt);
    const to = repositoryToWrite(currentText(file, place), image, {
      ...(registry && { beside: registry }),
      global: [],
    });
    changes.push(changeAt(file, place, { role: 'repository', to, ...current, warnings }));
  }
  return changes;
}

function refuseDigestsBeside(
  file: EditableFile,
  sources: readonly Slot[],
  tag: string,
  written: string | undefined,
): void {
  for (const source of sources) {
    for (const key of digestKeys(tag)) {
      if (key === written) continue;
      const found = find(file, source, parameterPath(undefined, key));
      if (found) refuseDigest(file, currentText(file, found), key, found.node, 'parameter');
    }
  }
}

function parameterOf(file: EditableFile, sources: readonly Slot[], name: string): Slot | Gap {
  const places = sources.map((source) => parameter(file, source, name));
  const found = places.filter(({ kind }) => kind === 'slot');
  const [only, ...others] = found;
  if (only && others.length === 0) return only;
  if (only)
    throw failureAt(
      file,
      'path-ambiguous',
      `${file.file}: ${found.length} sources have the parameter ${name}: ${found.map((place) => placeLabel(file, place)).join(', ')}; one is meant. Set it with a \`yaml\` path instead.`,
    );
  // Where no source has it, it goes to the one that has parameters, or to the only source.
  const nearest = places.filter((place) => place.kind === 'gap' && place.missing.length === 2);
  const [gap] = nearest.length > 0 ? nearest : places;
  if (gap && (nearest.length === 1 || places.length === 1)) return gap;
  throw failureAt(
    file,
    'path-not-found',
    `${file.file}: none of its ${sources.length} sources has the helm parameter ${name}. Correct its name in the route, or add it to the source that is meant.`,
  );
}

function parameter(file: EditableFile, source: Slot, name: string): Slot | Gap {
  return locate(file, source, parameterPath(undefined, name));
}

function textOf(file: EditableFile, source: Slot, name: string): string | undefined {
  const found = find(file, source, parameterPath(undefined, name));
  return found && scalarText(found.node);
}
