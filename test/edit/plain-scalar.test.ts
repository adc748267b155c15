import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { mayBePlain, readsAsString } from '../../src/lib/edit/plain-scalar.ts';
import { newScalar } from '../../src/lib/edit/write-scalar.ts';

const versions = ['1.1', '1.2'] as const;

function expectRead(text: string): void {
  const written = newScalar(text, { flow: false, json: false });
  const inFlow = newScalar(text, { flow: true, json: false });
  for (const version of versions) {
    expect(parse(`k: ${written}\n`, { version })).toEqual({ k: text });
    expect(parse(`k: {a: ${inFlow}, b: [${inFlow}]}\n`, { version })).toEqual({ k: { a: text, b: [text] } });
  }
}

describe('a new scalar reads as the text that was meant, in YAML 1.1 and 1.2', () => {
  test('for every short text of the characters that numbers, dates and keywords are made of', () => {
    const alphabet = [...'019aeExobN.n_-+:~y=<Tf'];
    const texts = [''];
    for (const length of [1, 2]) {
      for (const start of texts.filter((text) => text.length === length - 1))
        texts.push(...alphabet.map((next) => start + next));
    }
    for (const text of texts) expectRead(text);
  });

  test('for any text of them', () => {
    fc.assert(fc.property(fc.stringMatching(/^[-+]?[0-9_.:eExobabTZ+-]{1,9}$/), expectRead), { numRuns: 2000 });
  });

  test('for any text at all', () => {
    fc.assert(
      fc.property(
        fc
          .oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }))
          .filter((text) => !/\p{Cs}/u.test(text)),
        expectRead,
      ),
      { numRuns: 1000 },
    );
  });
});

// What go-yaml, with which Helm, kubectl and Argo CD read, takes for another type.
test.each([
  ...[
    '1.20',
    '1e3',
    '0123',
    '0o17',
    '0b101',
    '0x1F',
    '-1',
    '+.5',
    '1_000',
    '1:30',
    '190:20:30.15',
    '.inf',
    '-.INF',
    '.NaN',
  ],
  ...[
    'true',
    'Yes',
    'no',
    'ON',
    'off',
    'y',
    'N',
    '~',
    'null',
    'NULL',
    '',
    '2026-11-20',
    '2026-1-2',
    '2026-11-20T10:00:00Z',
    '<<',
    '=',
  ],
])('%j is no string', (text) => {
  expect(readsAsString(text)).toBe(false);
});

test.each([
  'v1',
  '1.2.3',
  '1.20.0-rc.1',
  'main-12-4f9c01',
  '4f9c01a',
  'sha256:ab',
  '1.2.3+4',
  '2026.11.20',
  '20261120-1',
  '_1',
  'yes-1',
  'a_b',
])('%j needs no quotes', (text) => {
  expect(readsAsString(text) && mayBePlain(text, true)).toBe(true);
});
