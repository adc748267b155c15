import { isMap } from 'yaml';
import { Failure, formatPosition } from '../../model/failure.ts';
import { formatPath, keys } from '../../model/value-path.ts';
import type { ScalarChange } from '../yaml/change.ts';
import type { EditableFile } from '../yaml/editable-file.ts';
import { find } from '../yaml/locate.ts';
import { ownPairs } from '../yaml/place.ts';
import type { Slot } from '../yaml/place.ts';
import { startOf } from '../yaml/structure.ts';
import { applicationsOf, items } from './application-sources.ts';
import { generatorsOf } from './generators.ts';
import type { Generator } from './generators.ts';
import { placeholder, readParameter } from './placeholder.ts';

/**
 * Refuses changes of values that another program fills: one tag would be fixed for all that are made from the file.
 *
 * @throws Failure `filled-by-generator` that names the generator's place
 */
export function refusePlaceholders(file: EditableFile, changes: readonly ScalarChange[]): void {
  for (const change of changes) {
    if (change.from === null || change.from === change.to || !placeholder.test(change.from)) continue;
    throw filledByGenerator(file, change);
  }
}

/** The failure of a change of a placeholder. */
export function filledByGenerator(file: EditableFile, change: ScalarChange): Failure {
  const { line, column, path, from } = change;
  return new Failure(
    'filled-by-generator',
    `${file.file}: ${path} is the placeholder ${JSON.stringify(from)}. ${advice(file, change)}`,
    { place: { file: file.file, line, column } },
  );
}

function advice(file: EditableFile, { scalar, from }: ScalarChange): string {
  const set = applicationsOf(file).find(({ resource, kind }) => {
    const template = formatPath([...resource.path, ...keys('spec', 'template')]);
    return kind === 'ApplicationSet' && scalar.startsWith(`${resource.document}:${template}`);
  });
  if (!set) return 'Another tool fills it. Update the value that the tool reads, or write a tag in the file once.';
  const generators = generatorsOf(file, set);
  const name = readParameter(from ?? '')?.name;
  const list = generators.find((generator) => name !== undefined && hasParameter(file, generator, name));
  if (list) {
    return `The list generator at ${positionOf(file, list.at)} fills it for each element. Name the element in the route, as in \`application: { element: 'KEY=VALUE' }\`.`;
  }
  const all = generators.map(({ type, at }) => `${type} at ${positionOf(file, at)}`).join(', ');
  const text = generators.some(({ type, at }) => type === 'list' && find(file, at, keys('elementsYaml')))
    ? ' `elementsYaml` is not supported.'
    : '';
  return `A generator fills it (${all === '' ? 'the file has none' : all}).${text} Update the value where the generator reads it.`;
}

function hasParameter(file: EditableFile, { type, at }: Generator, name: string): boolean {
  const elements = type === 'list' ? find(file, at, keys('elements')) : undefined;
  return (elements ? items(elements) : []).some(
    ({ node }) =>
      isMap(node) && [name, name.split('.', 1)[0] ?? name].some((key) => ownPairs(file, node, key).length > 0),
  );
}

/** `file:line:column` of a slot, by its key. */
export function positionOf(file: EditableFile, { pair, node }: Slot): string {
  return formatPosition({ file: file.file, ...file.position(startOf(pair) ?? startOf(node) ?? 0) });
}
