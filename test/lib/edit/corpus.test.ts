import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isAlias, isMap, isScalar, isSeq, parseAllDocuments } from 'yaml';
import { decode } from '../../../src/lib/edit/yaml/decode.ts';
import { applyChanges, findChanges, openFile } from '../../../src/lib/edit/edit.ts';
import type { Path, PathSegment } from '../../../src/lib/model/value-path.ts';
import { Failure } from '../../../src/lib/model/failure.ts';
import type { FileEdit } from '../../../src/lib/model/file-edit.ts';

const folder = join(import.meta.dirname, '../../fixtures/values');
const files = readdirSync(folder);
const image = { registry: 'contoso.azurecr.io', repository: 'api', tag: 'unused' };
const values = ['v2.0.0-rc.1', '1.30', 'off', 'contoso.azurecr.io/api:v2'];

interface Leaf {
  readonly path: Path;
  /** An anchor would make other places change too, a tag the value something else than text; a digest is refused. */
  readonly plainText: boolean;
  /** A placeholder is refused. */
  readonly placeholder: boolean;
}

/** Paths of every scalar; in a file of several documents the first segment is the document's index. */
function leavesOf(text: string): readonly Leaf[] {
  const documents = parseAllDocuments(text, { schema: 'failsafe', logLevel: 'silent' });
  const leaves: Leaf[] = [];
  const roots = documents.length > 1 ? 1 : 0;
  const visit = (node: unknown, path: Path): void => {
    if ((isMap(node) || isSeq(node)) && node.anchor !== undefined) return;
    if (isMap(node)) {
      for (const { key, value } of node.items) {
        if (isScalar(key) && key.value !== '<<')
          visit(value ?? null, [...path, { kind: 'key', key: String(key.value) }]);
      }
    } else if (isSeq(node))
      for (const [index, item] of node.items.entries()) visit(item, [...path, { kind: 'index', index }]);
    else if (!isAlias(node) && path.length > roots) {
      leaves.push({
        path,
        placeholder: isScalar(node) && /\{\{|\$[({]/.test(String(node.value)),
        plainText:
          node === null ||
          (isScalar(node) &&
            node.anchor === undefined &&
            node.tag === undefined &&
            !String(node.value).startsWith('sha256:') &&
            !String(node.value).includes('@sha256:')),
      });
    }
  };
  for (const [index, { contents }] of documents.entries())
    visit(contents, documents.length > 1 ? [{ kind: 'index', index }] : []);
  return leaves;
}

function edit(file: string, text: string, path: Path, value: string): string {
  const update: FileEdit = { kind: 'yaml', file, create: false, adopt: true, path, value };
  const opened = openFile(file, text);
  return applyChanges(opened, findChanges(opened, update, image));
}

/** Every document as a reader of one YAML version sees it. */
function read(text: string, version: '1.1' | '1.2'): unknown[] {
  const documents = parseAllDocuments(text, { version, merge: true, logLevel: 'silent' });
  return documents.map((document) => document.toJS({ maxAliasCount: -1 }) as unknown);
}

function replaced(root: unknown, [first, ...rest]: readonly PathSegment[], to: string): unknown {
  if (first === undefined) return to;
  if (Array.isArray(root))
    return root.map((item: unknown, index) =>
      first.kind === 'index' && index === first.index ? replaced(item, rest, to) : item,
    );
  const map = root as Record<string, unknown>;
  // A reader of YAML 1.1 has the keys `yes` and `y` as `true`.
  const wanted = first.kind === 'key' ? first.key : '';
  const key = Object.hasOwn(map, wanted) ? wanted : String({ yes: true, y: true, null: '' }[wanted] ?? wanted);
  return { ...map, [key]: replaced(map[key], rest, to) };
}

test('there are at least 40 files', () => {
  expect(files.length).toBeGreaterThanOrEqual(40);
});

const protectedBySops = /^sops:\n(?:.*\n)* +mac:/m;

test.each(files.filter((file) => protectedBySops.test(decode(file, readFileSync(join(folder, file))))))(
  '%s: no scalar can be set, because SOPS protects the values',
  (file) => {
    const text = decode(file, readFileSync(join(folder, file)));
    const paths = leavesOf(text).filter(({ plainText }) => plainText);
    expect(paths.length).toBeGreaterThan(0);
    for (const { path } of paths) {
      expect(() => edit(file, text, path, 'v2')).toThrow(expect.objectContaining({ code: 'encrypted-by-sops' }));
    }
  },
);

test('placeholders cannot be set', () => {
  const codes = files.flatMap((file) => {
    const text = decode(file, readFileSync(join(folder, file)));
    return leavesOf(text).flatMap(({ path, plainText, placeholder }) =>
      plainText && placeholder ? [codeOf(() => edit(file, text, path, 'v2'))] : [],
    );
  });
  expect(codes.length).toBeGreaterThan(0);
  expect(new Set(codes)).toEqual(new Set(['filled-by-generator']));
});

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof Failure) return error.code;
    throw error;
  }
  return 'no failure';
}

describe.each(files)('%s', (file) => {
  const text = decode(file, readFileSync(join(folder, file)));
  const leaves = leavesOf(text);
  const isSealed = protectedBySops.test(text);

  test('has scalars, and without a change keeps its bytes', () => {
    expect(leaves.length).toBeGreaterThan(0);
    expect(applyChanges(openFile(file, text), [])).toBe(text);
  });

  test('any one scalar can be set: it reads back in YAML 1.1 and 1.2, and nothing around it moves', () => {
    for (const [index, { path, plainText, placeholder }] of leaves.entries()) {
      if (!plainText || placeholder || isSealed) continue;
      const to = values[index % values.length] ?? '';
      const after = edit(file, text, path, to);
      for (const version of ['1.1', '1.2'] as const) {
        const before = read(text, version);
        const expected = before.length > 1 ? replaced(before, path, to) : [replaced(before[0], path, to)];
        expect(read(after, version), JSON.stringify(path)).toEqual(expected);
      }
      expect(edit(file, after, path, to)).toBe(after);
      expect(changedLines(text, after)).toBeLessThanOrEqual(2);
    }
  });

  test('JSON stays JSON', () => {
    const after = leaves
      .slice(0, 20)
      .map(({ path }) => (file.endsWith('.json') ? edit(file, text, path, '1.30') : '{}'));
    expect(after.map((one) => typeof JSON.parse(one))).toEqual(after.map(() => 'object'));
  });
});

/** Lines of the edited text that are not those of the text before, counted from both ends; a block scalar has two. */
function changedLines(before: string, after: string): number {
  const [a, b] = [before.split('\n'), after.split('\n')];
  let start = 0;
  while (start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  return b.length - start - end;
}
