import { imageName } from '../../model/image-reference.ts';
import type { ImageReference } from '../../model/image-reference.ts';
import type { ApplicationEdit } from '../../model/file-edit.ts';
import type { PathSegment } from '../../model/value-path.ts';
import { changeAt, currentText } from '../yaml/change.ts';
import type { ScalarChange } from '../yaml/change.ts';
import { failureAt } from '../yaml/editable-file.ts';
import type { EditableFile } from '../yaml/editable-file.ts';
import { fillable } from '../yaml/fillable.ts';
import type { Slot } from '../yaml/place.ts';
import { startOf } from '../yaml/structure.ts';
import { onlyReading } from './application-reading.ts';
import { sourcesOf } from './application-sources.ts';
import { imageReadings } from './application-values.ts';
import { checkParameterUses } from './check-parameter-uses.ts';
import { refuseDigestBeside } from './digest-left-behind.ts';
import { parameterPlace } from './element-parameter.ts';
import { findElement } from './find-element.ts';
import type { FoundElement } from './find-element.ts';
import { splitChanges } from './helm.ts';
import { imageChange } from './image-change.ts';
import { readReference, readTag } from './image-text.ts';
import { readParameter } from './placeholder.ts';
import { filledByGenerator } from './refuse-placeholders.ts';
import { sourceReadings } from './source-readings.ts';

/**
 * The changes that set an image in one element of a `list` generator: the parameters that the update names, else those
 * that hold the image, else those that the template writes beside the image's name.
 *
 * @throws Failure as `findElement` does; `image-not-found` where neither element nor template names the image
 */
export function elementChanges(
  file: EditableFile,
  update: ApplicationEdit,
  member: Extract<PathSegment, { kind: 'member' }>,
  image: ImageReference,
): readonly ScalarChange[] {
  const found = findElement(file, member);
  if (update.parameters) return namedChanges(file, update, update.parameters, found, image);
  const own = onlyReading(file, imageReadings(file, found.element, update, image), image);
  if (own) return own;
  const sources = sourcesOf(file, found.application);
  const inTemplate = sourceReadings(file, sources, update, image).flatMap((reading) => reading.changes());
  const changes = new Map<string, ScalarChange>();
  for (const change of inTemplate) {
    const moved = inElement(file, change, found.element, update);
    changes.set(moved.scalar, moved);
  }
  if (changes.size > 0) return [...changes.values()];
  throw failureAt(
    file,
    'image-not-found',
    `${file.file}: neither the element nor the template of the ApplicationSet names ${imageName(image)}. Name the \`parameters\` of the element in the route.`,
    startOf(found.element.node),
  );
}

function namedChanges(
  file: EditableFile,
  { create, digest: withDigest, adopt }: ApplicationEdit,
  { tag, digest, repository, image: reference }: NonNullable<ApplicationEdit['parameters']>,
  { element, application }: FoundElement,
  image: ImageReference,
): readonly ScalarChange[] {
  const at = (name: string | undefined) =>
    name === undefined ? undefined : fillable(file, parameterPlace(file, element, name), create);
  const whole = at(reference);
  const changes = whole ? [imageChange(file, whole, image, { digest: withDigest, adopt })] : [];
  const places = { tag: at(tag), digest: at(digest), repository: at(repository) };
  const split = splitChanges(file, places, image, { adopt, form: 'parameter' });
  const warnings =
    tag === undefined || repository !== undefined
      ? []
      : checkParameterUses(file, sourcesOf(file, application), tag, image, adopt);
  return [...changes, ...split].map((change, index) =>
    index === 0 ? Object.assign({}, change, { warnings: [...change.warnings, ...warnings] }) : change,
  );
}

/** The change of an element's parameter that has the effect of a change in the template. */
function inElement(
  file: EditableFile,
  change: ScalarChange,
  element: Slot,
  { create, digest }: ApplicationEdit,
): ScalarChange {
  const { from, to, role, line, column } = change;
  const parameter = readParameter(from ?? '');
  if (!parameter) {
    throw failureAt(
      file,
      'image-not-found',
      `${file.file}: ${change.path} (line ${line}, column ${column}) has no single parameter of a generator, so no element sets it. Name the \`parameters\` of the element in the route, or remove \`element\`.`,
      startOf(element.node),
    );
  }
  const { name, before, after } = parameter;
  const value = to.slice(before.length, to.length - after.length);
  if (value === '' || `${before}${value}${after}` !== to) throw filledByGenerator(file, change);
  const place = fillable(file, parameterPlace(file, element, name), create);
  if (role === 'tag' && !digest) refuseDigestBeside(file, place, { form: 'parameter' });
  const current = currentText(file, place);
  const now = current === null ? null : `${before}${current}${after}`;
  const read = role === 'image' ? readReference(now?.replace(/^[^=]*=/, '') ?? null) : readTag(now);
  return changeAt(file, place, {
    role,
    to: value,
    ...(role === 'digest'
      ? { currentTag: null, currentDigest: current }
      : { currentTag: read.tag, currentDigest: read.digest }),
  });
}
