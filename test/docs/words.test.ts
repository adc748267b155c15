import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { proseOf } from './prose.ts';
import { habits } from './words.ts';

const root = join(import.meta.dirname, '../..');
const files = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...filesBelow('docs', '.md'),
  ...filesBelow('src', '.ts'),
  ...filesBelow('local', '.ts'),
];

test('documents, messages and comments are plain technical English', () => {
  expect(files.flatMap(findingsIn)).toEqual([]);
});

describe('the list', () => {
  test.each(habits)('finds its example: $example', ({ avoid, example }) => {
    expect([...example.matchAll(avoid)]).toHaveLength(1);
  });

  test.each(habits)('advises in plain words: $advice', ({ advice }) => {
    expect(habitsIn(advice)).toEqual([]);
  });

  test('finds a phrase across lines, with its first line', () => {
    expect(habitsIn('One.\nThe route stays as\nit is.\n')).toEqual([expect.stringMatching(/^2: "as it is"; /)]);
  });

  test('leaves names and questions', () => {
    expect(habitsIn('[x](a/0007-made-anew-by.md) `told-fields.ts` nobody.md What is missing?')).toEqual([]);
  });
});

describe('the prose of a TypeScript file', () => {
  test.each([
    ['a line comment', 'const nobody = 1; // nobody\n'],
    ['a comment of two lines', '// made\n// as it\n  // is\n'],
    ['a block comment', '/**\n * It stays as\n * it is.\n */\n'],
    ['a string', `f('nobody', nobody);\n`],
    ['a string with quotes', String.raw`f("it\"s", 'a \' nobody');`],
    ['a template', 'f(`a ${nobody({ nobody: `${nobody}` })} nobody`);'],
    ['a string after a regular expression', `s.replace(/['"\`/*]/g, nobody) + 'nobody'; x = a / b; y = c / 'd';`],
  ])('has %s', (_, source) => {
    const prose = proseOf(source);
    expect(prose).toHaveLength(source.length);
    expect(habitsIn(prose)).toHaveLength(1);
  });

  test.each([
    ['a name', 'const nobody = told.nobody / tells;'],
    ['a regular expression', 'const x = /nobody [/] told/.test(y);'],
    ['code inside of a template', 'f(`a ${nobody ? { told: 1 } : tells} b`);'],
    ['two separate strings', `f('as it', 'is');`],
  ])('ignores %s', (_, source) => {
    expect(habitsIn(proseOf(source))).toEqual([]);
  });
});

function filesBelow(folder: string, end: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(end))
    .map((name) => `${folder}/${name}`);
}

function findingsIn(file: string): string[] {
  const source = readFileSync(join(root, file), 'utf8');
  return habitsIn(file.endsWith('.ts') ? proseOf(source) : source).map((finding) => `${file}:${finding}`);
}

/** Findings as `line: "words"; instead: advice`. */
function habitsIn(prose: string): string[] {
  return habits.flatMap(({ avoid, advice }) =>
    [...prose.matchAll(avoid)].map(({ 0: words, index }) => {
      const line = prose.slice(0, index).split('\n').length;
      return `${line}: "${words.replaceAll(/\s+/g, ' ')}"; instead: ${advice}`;
    }),
  );
}
