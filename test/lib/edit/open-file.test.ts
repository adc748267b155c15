import { describe, expect, test } from 'vitest';
import { decode, maxFileBytes, maxTokens } from '../../../src/lib/edit/yaml/decode.ts';
import { applyChanges, findChanges, isMissingFromCapture, openFile } from '../../../src/lib/edit/edit.ts';
import type { HelmEdit, FileEdit } from '../../../src/lib/model/file-edit.ts';
import { keys, parsePath } from '../../../src/lib/model/value-path.ts';
import type { Path } from '../../../src/lib/model/value-path.ts';
import { unifiedDiff } from '../../../src/lib/edit/unified-diff.ts';
import { Failure } from '../../../src/lib/model/failure.ts';
import { processorMs } from '../../support/processor-time.ts';

const image = { registry: 'contoso.azurecr.io', repository: 'api', tag: 'v2' };
const tag: HelmEdit = { kind: 'helm', file: 'a.yaml', create: false, values: { tag: parsePath('image.tag') } };

function failureOf(run: () => unknown): Failure | undefined {
  try {
    run();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  return undefined;
}

function bytes(...parts: (string | readonly number[])[]): Uint8Array {
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Uint8Array.from(part))));
}

function set(...path: string[]): HelmEdit {
  return { ...tag, create: true, values: { tag: keys(...path) } };
}

function fromCapture(captured: boolean): Path {
  return [{ kind: 'key', key: 'api', captured }, ...keys('image', 'tag')];
}

describe('bytes', () => {
  test('are read as UTF-8 with their byte order mark, and encode to themselves', () => {
    const file = bytes([0xef, 0xbb, 0xbf], 'tag: ü😀\r\n');
    const text = decode('a.yaml', file);
    expect(text).toBe('\uFEFFtag: ü😀\r\n');
    expect(Buffer.from(text)).toEqual(file);
  });

  test.each([
    ['UTF-16 with a mark', bytes([0xff, 0xfe], [0x61, 0])],
    ['UTF-16 big-endian', bytes([0xfe, 0xff], [0, 0x61])],
    ['UTF-16 without a mark', bytes([0x61, 0, 0x3a, 0])],
    ['Latin-1', bytes('tag: ', [0xfc])],
    ['half a character', bytes('tag: ', [0xf0, 0x9f])],
    ['a surrogate', bytes([0xed, 0xa0, 0x80])],
    ['binary data', bytes([0x89], 'PNG', [0, 0])],
  ])('%s are refused', (_, file) => {
    expect(failureOf(() => decode('a.yaml', file))?.code).toBe('file-not-text');
  });

  test('over 1 MiB are refused, as text too', () => {
    expect(failureOf(() => decode('a.yaml', new Uint8Array(maxFileBytes + 1).fill(0x23)))?.code).toBe('file-too-large');
    expect(failureOf(() => openFile('a.yaml', `#${'ü'.repeat(maxFileBytes / 2)}`))?.code).toBe('file-too-large');
    expect(failureOf(() => openFile('a.yaml', `#${'x'.repeat(maxFileBytes - 1)}`))).toBeUndefined();
  });
});

describe('what is made to do harm', () => {
  test.each([
    ['lists in lists', `a: ${'['.repeat(20_000)}${']'.repeat(20_000)}`],
    ['maps in maps', `a: ${'{a: '.repeat(20_000)}1${'}'.repeat(20_000)}`],
    ['lists that do not end', '['.repeat(maxFileBytes - 1)],
    ['block lists in block lists', `${'- '.repeat(3000)}a`],
  ])('%s end in a failure or a file, and soon', (_, text) => {
    const open = () => expect(failureOf(() => openFile('a.yaml', text))?.code ?? 'not-yaml').toBe('not-yaml');
    expect(processorMs(open)).toBeLessThan(5000);
  });

  test.each([
    ['a line that does not parse', 'password: "hunter2" x\n'],
    ['a template action', 'token: hunter2 {{ if x }}\n{{- end }}\n'],
    ['an alias without anchor', 'hunter2: *hunter2\n'],
    ['a key that is there twice', 'hunter2: 1\nhunter2: 2\n'],
    ['an indentation that belongs nowhere', 'a:\n    b: 1\n  hunter2: 2\n'],
  ])('a message has the place and never the text of the file: %s', (_, text) => {
    const failure = failureOf(() => openFile('a.yaml', text));
    expect(failure?.place).toMatchObject({ file: 'a.yaml', line: expect.any(Number) });
    expect(failure?.message).not.toContain('hunter2');
  });

  test('a map of very many keys is checked for duplicates in linear time', () => {
    const text = Array.from({ length: 30_000 }, (_, index) => `k${index}: v`).join('\n');
    const open = () => failureOf(() => openFile('a.yaml', `${text}\nk7: v\n`))?.place;
    expect(processorMs(() => expect(open()).toMatchObject({ line: 30_001, column: 1 }))).toBeLessThan(5000);
  });

  test.each([
    ['a flow list', `[${'a,'.repeat(maxTokens)}]`],
    ['empty pairs', `{${':,'.repeat(maxTokens / 2)}}`],
    ['blank lines', `a: b${'\n'.repeat(maxTokens)}`],
  ])('more tokens than may be parsed are refused: %s', (_, text) => {
    expect(text.length).toBeLessThan(maxFileBytes);
    expect(failureOf(() => openFile('a.yaml', text))?.code).toBe('file-too-large');
  });

  test('aliases that unfold to a little are no bomb', () => {
    const text = `base: &base {a: 1, b: 2}\nimage: {tag: v1}\n${Array.from({ length: 300 }, (_, index) => `k${index}: *base`).join('\n')}`;
    expect(failureOf(() => openFile('a.yaml', text))).toBeUndefined();
  });

  test('a key like __proto__ is a key', () => {
    const file = openFile('a.yaml', '__proto__:\n  tag: v1\nconstructor: x\n');
    const update: FileEdit = { ...tag, create: true, values: { tag: parsePath('__proto__.tag') } };
    expect(applyChanges(file, findChanges(file, update, image))).toBe('__proto__:\n  tag: v2\nconstructor: x\n');
  });
});

describe('several updates of one file', () => {
  const text = 'a: {tag: v1}\nb: {tag: v1}\n';
  test('are one pass, and each says what the file said before', () => {
    const file = openFile('a.yaml', text);
    const changes = [set('a', 'tag'), set('b', 'tag'), set('c', 'x', 'tag'), set('c', 'z', 'tag')].flatMap((update) =>
      findChanges(file, update, image),
    );
    expect(changes.map(({ from }) => from)).toEqual(['v1', 'v1', null, null]);
    expect(applyChanges(file, changes)).toBe('a: {tag: v2}\nb: {tag: v2}\nc:\n  x:\n    tag: v2\n  z:\n    tag: v2\n');
  });

  test('that set one scalar to one value set it once; to two values, they fail', () => {
    const file = openFile('a.yaml', text);
    const one = findChanges(file, set('a', 'tag'), image);
    expect(applyChanges(file, [...one, ...one])).toBe('a: {tag: v2}\nb: {tag: v1}\n');
    const other = findChanges(file, set('a', 'tag'), { ...image, tag: 'v3' });
    expect(one[0]?.scalar).toBe(other[0]?.scalar);
    expect(failureOf(() => applyChanges(file, [...one, ...other]))?.code).toBe('changes-conflict');
  });

  test('one name in two spellings of a path is one scalar', () => {
    const file = openFile('a.yaml', 's:\n- {name: api, tag: v1}\n');
    const scalars = ['s[0].tag', 's[name=api].tag'].map(
      (path) => findChanges(file, { ...tag, values: { tag: parsePath(path) } }, image)[0]?.scalar,
    );
    expect(scalars[0]).toBe(scalars[1]);
  });
});

test('an unusual tag is found all the same', () => {
  const file = openFile('a.yaml', 'image:\n  tag: 1.20\n');
  const [change] = findChanges(file, tag, { ...image, tag: 'ü "\n: #' });
  expect(change).toMatchObject({ from: '1.20', currentTag: '1.20', line: 2, column: 8 });
});

test('a path that ends at a captured key says so', () => {
  const file = openFile('a.yaml', 'web: {image: {tag: v1}}\n');
  const error = (captured: boolean) =>
    failureOf(() => findChanges(file, { ...tag, values: { tag: fromCapture(captured) } }, image));
  expect([error(true), error(false)].map(isMissingFromCapture)).toEqual([true, false]);
});

test('a diff has the lines around the change, and is empty without one', () => {
  expect(unifiedDiff('a/b.yaml', 'a\r\nb\r\nc', 'a\r\nx\r\nc')).toBe(
    '--- a/a/b.yaml\n+++ b/a/b.yaml\n@@ -1,3 +1,3 @@\n a\r\n-b\r\n+x\r\n c\n\\ No newline at end of file\n',
  );
  expect(unifiedDiff('a', 'x', 'x')).toBe('');
});
