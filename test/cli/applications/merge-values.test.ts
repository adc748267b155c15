import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import {
  mergeValues,
  parameterPath,
  setValue,
  valueAt,
  type MergedValue,
} from '../../../src/cli/applications/merge-values.ts';
import { parsePath } from '../../../src/lib/model/value-path.ts';

/** Merges texts, the first one lowest; each value shows the number of its text. */
function merged(...texts: readonly string[]): unknown {
  return shown(mergeValues(texts.map((text, index) => ({ origin: index, values: parse(text) as unknown }))));
}

function shown(value: MergedValue<number>): unknown {
  if (value.kind === 'scalar') return `${value.text}@${value.origin}`;
  if (value.kind === 'list') return value.items.map(shown);
  return Object.fromEntries([...value.entries].map(([key, inner]) => [key, shown(inner)]));
}

describe('mergeValues', () => {
  test.each<[string, readonly string[], unknown]>([
    ['maps key by key', ['a: { b: 1, c: 2 }', 'a: { c: 3 }'], { a: { b: '1@0', c: '3@1' } }],
    ['null removes a key', ['a: { b: 1 }', 'a: null', 'a: { c: 2 }'], { a: { c: '2@2' } }],
    ['null removes nothing that a later file sets', ['a: 1', 'a: ~', 'b: 2'], { b: '2@2' }],
    ['lists replace', ['a: [1, 2]', 'a: [3]'], { a: ['3@1'] }],
    ['a scalar replaces a map', ['a: { b: 1 }', 'a: x'], { a: 'x@1' }],
    ['a map replaces a scalar', ['a: x', 'a: { b: 1 }'], { a: { b: '1@1' } }],
    ['an empty file changes nothing', ['a: 1', ''], { a: '1@0' }],
    ['an empty map changes nothing', ['a: { b: 1 }', 'a: {}'], { a: { b: '1@0' } }],
  ])('%s', (_, texts, expected) => {
    expect(merged(...texts)).toEqual(expected);
  });
});

describe('setValue', () => {
  const values = mergeValues([{ origin: 0, values: parse('a: { b: [{ c: 1 }, { c: 2 }] }\nd: 5') as unknown }]);

  test.each<[string, unknown]>([
    ['a.b[1].c', { a: { b: [{ c: '1@0' }, { c: 'x@9' }] }, d: '5@0' }],
    ['a.b[2].c', { a: { b: [{ c: '1@0' }, { c: '2@0' }, { c: 'x@9' }] }, d: '5@0' }],
    ['e.f', { a: { b: [{ c: '1@0' }, { c: '2@0' }] }, d: '5@0', e: { f: 'x@9' } }],
    [String.raw`d\.e`, { a: { b: [{ c: '1@0' }, { c: '2@0' }] }, d: '5@0', 'd.e': 'x@9' }],
    ['d.e', { a: { b: [{ c: '1@0' }, { c: '2@0' }] }, d: { e: 'x@9' } }],
  ])('%s', (name, expected) => {
    expect(shown(setValue(values, parameterPath(name), 'x', 9))).toEqual(expected);
  });
});

test.each([
  ['a.b[0].c', '1'],
  ['a.b[c=2].c', '2'],
  ['a.b[c=3].c', undefined],
  ['a.x.y', undefined],
  ['d.e', undefined],
])('valueAt %s', (path, text) => {
  const values = mergeValues([{ origin: 0, values: parse('a: { b: [{ c: 1 }, { c: 2 }] }\nd: 5') as unknown }]);
  const found = valueAt(values, parsePath(path));
  expect(found?.kind === 'scalar' ? found.text : undefined).toBe(text);
});
