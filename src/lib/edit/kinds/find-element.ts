import { formatPath, keys } from '../../model/value-path.ts';
import type { PathSegment } from '../../model/value-path.ts';
import { failureAt } from '../yaml/editable-file.ts';
import type { EditableFile } from '../yaml/editable-file.ts';
import { find, locate, pathNotFound } from '../yaml/locate.ts';
import { isEmpty } from '../yaml/place.ts';
import type { Gap, Slot } from '../yaml/place.ts';
import { startOf } from '../yaml/structure.ts';
import { applicationsOf } from './application-sources.ts';
import type { Application } from './application-sources.ts';
import { generatorsOf } from './generators.ts';
import { positionOf } from './refuse-placeholders.ts';

export interface FoundElement {
  readonly application: Application;
  readonly element: Slot;
}

/**
 * The element of a `list` generator that a route names.
 *
 * @throws Failure `path-not-found` where none is named so, `path-ambiguous` where several are
 */
export function findElement(file: EditableFile, member: Extract<PathSegment, { kind: 'member' }>): FoundElement {
  const found: FoundElement[] = [];
  const gaps: Gap[] = [];
  const texts: Slot[] = [];
  for (const application of applicationsOf(file)) {
    for (const { type, at } of generatorsOf(file, application)) {
      if (type !== 'list') continue;
      const text = find(file, at, keys('elementsYaml'));
      if (text) texts.push(text);
      const list = locate(file, at, keys('elements'));
      if (list.kind === 'gap' || isEmpty(list.node)) continue;
      const element = locate(file, list, [member]);
      if (element.kind === 'slot') found.push({ application, element });
      else gaps.push(element);
    }
  }
  const [only, other] = found;
  const name = formatPath([member]).slice(1, -1);
  if (only && other) {
    throw failureAt(
      file,
      'path-ambiguous',
      `${file.file}: ${found.length} elements have ${name}: ${found.map(({ element }) => positionOf(file, element)).join(', ')}; one is meant. Name another key in the route.`,
      startOf(only.element.node),
    );
  }
  if (only) return only;
  const [text] = texts;
  if (text) {
    throw failureAt(
      file,
      'path-not-found',
      `${file.file} has no element with ${name}, and the elements of elementsYaml (${positionOf(file, text)}) are not supported. Write them as \`elements\`, or update the file that they come from.`,
      startOf(text.node),
    );
  }
  const [gap] = gaps;
  if (gap) throw pathNotFound(file, gap, 'An element is not inserted: it would be a new Application.');
  throw failureAt(
    file,
    'path-not-found',
    `${file.file} has no ApplicationSet with elements of a list generator. Correct the file, or remove \`element\` from the route.`,
  );
}
