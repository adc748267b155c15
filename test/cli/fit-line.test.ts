import { stripVTControlCharacters, styleText } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fitLine } from '../../src/cli/fit-line.ts';
import { formatFinding } from '../../src/cli/finding.ts';
import { cli } from './cli.ts';

const red = (text: string): string => styleText('red', text, { validateStream: false });
const longest = (text: string): number =>
  Math.max(
    ...stripVTControlCharacters(text)
      .split('\n')
      .map(({ length }) => length),
  );

describe('fitLine', () => {
  test('a line stays whole where the reader is a program', () => {
    expect(fitLine('a '.repeat(200), {})).toBe('a '.repeat(200));
  });

  test('a terminal gets lines of its width with the same words, whatever their colors', () => {
    const word = fc.stringMatching(/^[a-z{}:,.]{1,15}$/);
    const separator = fc.constantFrom(' ', '  ');
    fc.assert(
      fc.property(
        fc.array(fc.tuple(word, separator, fc.boolean()), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 24, max: 100 }),
        fc.constantFrom('', '  '),
        (words, wrapsAt, start) => {
          const line =
            start +
            words
              .map(([text, space, isRed]) => `${isRed ? red(text) : text}${space}`)
              .join('')
              .trimEnd();
          const fitted = fitLine(line, { wrapsAt }, 6);
          expect(longest(fitted)).toBeLessThanOrEqual(wrapsAt);
          expect(fitted.split(/\s+/)).toEqual(line.split(/\s+/));
          expect(
            fitted
              .split('\n')
              .slice(1)
              .every((one) => /^ {6}\S/.test(one)),
          ).toBe(true);
        },
      ),
    );
  });

  test('a word that is wider than the terminal has a line of its own', () => {
    expect(fitLine(`see ${'x'.repeat(50)} there`, { wrapsAt: 30 })).toBe(`see\n  ${'x'.repeat(50)}\n  there`);
  });
});

test('a finding is wrapped below its text, and its fix below the fix', () => {
  const io = {
    stdout: { write: () => {} },
    stderr: { write: () => {} },
    env: {},
    cwd: '/',
    color: false,
    columns: 40,
    wrapsAt: 40,
  };
  const shown = formatFinding(
    {
      what: 'file',
      state: 'failed',
      detail: 'file-not-found: the branch main has no file a.yaml',
      fix: 'correct the path of the route',
    },
    io,
  );
  expect(shown).toBe(
    [
      '  ✗ file         file-not-found: the',
      '                 branch main has no file',
      '                 a.yaml',
      '                 → correct the path of',
      '                   the route',
    ].join('\n'),
  );
});

describe.each([
  ['check', ['check', 'unknown.yaml'], 'stdout'],
  ['plan', ['plan', '.', '--routes', 'unknown.yaml', '--image', 'contoso.azurecr.io/a:1'], 'stderr'],
  ['doctor', ['doctor', 'unknown.yaml'], 'stderr'],
] as const)('problems of %s', (_, args, stream) => {
  const cwd = `${import.meta.dirname}/fixtures/problems`;

  test('fit a terminal', async () => {
    const shown = (await cli(args, { cwd, color: true, wrapsAt: 60 }))[stream];
    expect(longest(shown)).toBeLessThanOrEqual(60);
    expect(shown.split('\n').length).toBeGreaterThan(4);
  });

  test('are a line each for a program', async () => {
    const shown = (await cli(args, { cwd }))[stream];
    expect(shown).toMatch(/^unknown\.yaml:2:\d+ {2}error {2}.*branhc.*\[unknown-field\]$/m);
    expect(longest(shown)).toBeGreaterThan(100);
  });
});
