import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { isMap, isScalar, isSeq, parseAllDocuments } from 'yaml';
import { decode } from '../../../src/lib/edit/yaml/decode.ts';
import { applyChanges, findChanges, openFile } from '../../../src/lib/edit/edit.ts';
import type { Path } from '../../../src/lib/model/value-path.ts';
import { Failure } from '../../../src/lib/model/failure.ts';

const folder = join(import.meta.dirname, '../../fixtures/values');
const texts = readdirSync(folder)
  .map((file) => decode(file, readFileSync(join(folder, file))))
  .filter((text) => text.length < 5000);
const snippets = [
  ' ',
  '\n',
  '\r\n',
  '\t',
  ':',
  ': ',
  '- ',
  '? ',
  '#',
  ' # ',
  '"',
  "'",
  '{',
  '}',
  '[',
  ']',
  ',',
  '&a ',
  '*a',
  '!!str ',
  '|',
  '>-',
  '---\n',
  '...\n',
  '<<: ',
  '~',
  '{{ x }}',
  '\uFEFF',
  '@',
];
const image = { registry: 'contoso.azurecr.io', repository: 'api', tag: 'unused' };

/** Paths of scalars and, with a key more, of places to insert. */
function pathsOf(text: string): readonly Path[] {
  const paths: Path[] = [];
  const documents = parseAllDocuments(text, { schema: 'failsafe', logLevel: 'silent' });
  const roots = documents.length > 1 ? 1 : 0;
  const visit = (node: unknown, path: Path): void => {
    if (isMap(node)) {
      paths.push([...path, { kind: 'key', key: 'inserted' }]);
      for (const { key, value } of node.items)
        if (isScalar(key)) visit(value, [...path, { kind: 'key', key: String(key.value) }]);
    } else if (isSeq(node))
      for (const [index, item] of node.items.entries()) visit(item, [...path, { kind: 'index', index }]);
    else if (path.length > roots) paths.push(path);
  };
  for (const [index, { contents }] of documents.entries())
    visit(contents, documents.length > 1 ? [{ kind: 'index', index }] : []);
  return paths;
}

/** The text after an edit, or the failure that refused it. Any other error is a fault. */
function edit(text: string, path: Path, value: string): { readonly after: string } | Failure {
  try {
    const file = openFile('a.yaml', text);
    return {
      after: applyChanges(file, findChanges(file, { kind: 'yaml', file: 'a.yaml', create: true, path, value }, image)),
    };
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

test('a damaged file is refused, or edited so that the value is there and a second edit changes nothing', () => {
  let edited = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(...texts),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.nat(3),
      fc.constantFrom(...snippets),
      fc.nat(),
      fc.constantFrom('v2', '1.30', 'x: y'),
      (text, where, deleted, inserted, pick, value) => {
        const at = Math.floor(where * text.length);
        const damaged = text.slice(0, at) + inserted + text.slice(at + deleted);
        const paths = pathsOf(damaged);
        const path = paths[pick % Math.max(1, paths.length)] ?? [{ kind: 'key', key: 'inserted' }];
        const result = edit(damaged, path, value);
        if (result instanceof Failure) return;
        edited += 1;
        const again = edit(result.after, path, value);
        expect(again instanceof Failure ? again.message : again.after).toBe(result.after);
        const file = openFile('a.yaml', result.after);
        expect(findChanges(file, { kind: 'yaml', file: 'a.yaml', create: false, path, value }, image)).toMatchObject([
          { from: value },
        ]);
      },
    ),
    { numRuns: 500 },
  );
  expect(edited).toBeGreaterThan(100);
});
