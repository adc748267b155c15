import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { applyChanges, findChanges, openFile } from '../../../src/lib/edit/edit.ts';
import type { Path } from '../../../src/lib/model/value-path.ts';
import type { FileEdit } from '../../../src/lib/model/file-edit.ts';
import { data, layout, pathsTo, tree, write } from './documents.ts';

const image = { registry: 'contoso.azurecr.io', repository: 'api', tag: 'unused' };
const value = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,20}$/),
  fc.stringMatching(/^[-+]?[0-9]{1,3}[.:e_-]?[0-9]{0,3}$/),
  fc.constantFrom(
    'true',
    'no',
    '~',
    'null',
    '1.20',
    '0x1F',
    '0o7',
    '012',
    '2026-11-20',
    '1_000',
    '.inf',
    '12:30',
    '<<',
    '=',
    'a: b',
    'a #b',
    "it's",
    '"',
    '- a',
    '@x',
    '%x',
    '{a}',
    '[',
    'a,b',
    'ünï',
    '😀',
    'a\tb',
    ' a',
    'a ',
    '\u0085',
    'two\nlines',
    '#',
    '&a',
    '*a',
    '!a',
    '|',
    '>',
    '?',
    ':',
    '-',
    '---',
    '...',
    'a:',
  ),
);

function toPath(steps: readonly (string | number)[]): Path {
  return steps.map((step) => (typeof step === 'number' ? { kind: 'index', index: step } : { kind: 'key', key: step }));
}

function set(path: Path, to: string, create = false): FileEdit {
  return { kind: 'yaml', file: 'a.yaml', create, adopt: true, path, value: to };
}

function edit(text: string, updates: readonly FileEdit[]): string {
  const file = openFile('a.yaml', text);
  return applyChanges(
    file,
    updates.flatMap((update) => findChanges(file, update, image)),
  );
}

function replaced(root: unknown, steps: readonly (string | number)[], to: unknown): unknown {
  const [first, ...rest] = steps;
  if (first === undefined) return to;
  if (Array.isArray(root))
    return root.map((item: unknown, index) => (index === first ? replaced(item, rest, to) : item));
  const map = (root ?? {}) as Record<string, unknown>;
  return { ...map, [first]: replaced(map[first], rest, to) };
}

/** What readers of YAML 1.1 and 1.2 see. */
function readBoth(text: string): readonly unknown[] {
  return [parse(text, { version: '1.1' }), parse(text, { version: '1.2' })];
}

/** Whether `text` is `part` with something put in between. */
function contains(text: string, part: string): boolean {
  let at = 0;
  for (const character of part) {
    at = text.indexOf(character, at) + 1;
    if (at === 0) return false;
  }
  return true;
}

const written = fc.tuple(tree, layout).map(([root, how]) => ({ root, text: write(root, how) }));
const runs = { numRuns: 300 };

describe('for any document', () => {
  test('what is written reads as the data that was meant', () => {
    fc.assert(
      fc.property(written, ({ root, text }) => {
        expect(readBoth(text)).toEqual([data(root), data(root)]);
      }),
      runs,
    );
  });

  test('setting a scalar changes that value and no byte around it, and doing it twice changes nothing', () => {
    fc.assert(
      fc.property(written, value, fc.nat(), ({ root, text }, to, pick) => {
        const paths = pathsTo(root, 'scalar');
        const steps = paths[pick % paths.length] ?? [];
        const update = set(toPath(steps), to);
        const after = edit(text, [update]);
        expect(readBoth(after)).toEqual([replaced(data(root), steps, to), replaced(data(root), steps, to)]);
        const [change] = findChanges(openFile('a.yaml', text), update, image);
        const start = offsetOf(text, change?.line ?? 0, change?.column ?? 0);
        expect(after.slice(0, start)).toBe(text.slice(0, start));
        const rest = text.slice(start);
        const end =
          /^(?:[|>]-[^\r\n]*\s+[^\r\n]*|"[^"]*"|'[^']*'|v\S*(?:\r?\n +more)?(?<![,}\]]))/.exec(rest)?.[0].length ?? 0;
        expect(end).toBeGreaterThan(0);
        const kept = rest.slice(end);
        expect(after.endsWith(kept)).toBe(true);
        expect(edit(after, [update])).toBe(after);
      }),
      runs,
    );
  });

  test('setting every scalar at once sets them all', () => {
    fc.assert(
      fc.property(written, fc.array(value, { minLength: 1, maxLength: 5 }), ({ root, text }, values) => {
        const paths = pathsTo(root, 'scalar');
        const to = (index: number): string => `${values[index % values.length]}${index}`;
        const after = edit(
          text,
          paths.map((steps, index) => set(toPath(steps), to(index))),
        );
        let expected = data(root);
        for (const [index, steps] of paths.entries()) expected = replaced(expected, steps, to(index));
        expect(readBoth(after)).toEqual([expected, expected]);
      }),
      runs,
    );
  });

  test('inserting below any map adds that value, keeps every character and uses the line ending of the file', () => {
    const depth = fc.constantFrom(['new'], ['new', 'tag'], ['new', 'image', 'tag']);
    fc.assert(
      fc.property(written, value, depth, fc.nat(), ({ root, text }, to, keys, pick) => {
        const maps = pathsTo(root, 'map');
        const steps = [...(maps[pick % maps.length] ?? []), ...keys];
        const update = set(toPath(steps), to, true);
        const after = edit(text, [update]);
        expect(readBoth(after)).toEqual([replaced(data(root), steps, to), replaced(data(root), steps, to)]);
        expect(contains(after, text)).toBe(true);
        expect(text.includes('\r\n') && /(?<!\r)\n/.test(after)).toBe(false);
        expect(edit(after, [update])).toBe(after);
      }),
      runs,
    );
  });

  test('inserting below every map at once inserts them all', () => {
    fc.assert(
      fc.property(written, ({ root, text }) => {
        const maps = pathsTo(root, 'map');
        const after = edit(
          text,
          maps.flatMap((steps) => [
            set(toPath([...steps, 'new', 'a']), 'x', true),
            set(toPath([...steps, 'new', 'b']), '1.20', true),
          ]),
        );
        let expected = data(root);
        for (const steps of maps) expected = replaced(expected, [...steps, 'new'], { a: 'x', b: '1.20' });
        expect(readBoth(after)).toEqual([expected, expected]);
        expect(contains(after, text)).toBe(true);
      }),
      runs,
    );
  });
});

function offsetOf(text: string, line: number, column: number): number {
  const lines = text.split('\n').slice(0, line - 1);
  const before = lines.reduce((sum, one) => sum + one.length + 1, 0);
  return before + column - 1 + (line === 1 && text.startsWith('\uFEFF') ? 1 : 0);
}
