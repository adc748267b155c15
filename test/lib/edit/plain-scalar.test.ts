import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { mayBePlain, readsAsString } from '../../../src/lib/edit/yaml/plain-scalar.ts';
import { newScalar } from '../../../src/lib/edit/yaml/write-scalar.ts';

/** Whether a new scalar reads as its text in both versions, in block and in flow collections. */
function readsBack(text: string): boolean {
  const written = newScalar(text, { flow: false, json: false });
  const inFlow = newScalar(text, { flow: true, json: false });
  const document = `- ${written}\n- k: ${written}\n- {a: ${inFlow}, b: [${inFlow}]}\n`;
  const wanted = JSON.stringify([text, { k: text }, { a: text, b: [text] }]);
  return (['1.1', '1.2'] as const).every((version) => JSON.stringify(parse(document, { version })) === wanted);
}

describe('a new scalar reads as the text that was meant, in YAML 1.1 and 1.2', () => {
  test('for every short text of the characters that numbers, dates and keywords are made of', () => {
    const alphabet = '0 1 9 a e E x o b N . n _ - + : ~ y = < T f'.split(' ');
    const pairs = alphabet.flatMap((first) => alphabet.map((second) => first + second));
    expect(['', ...alphabet, ...pairs].filter((text) => !readsBack(text))).toEqual([]);
  });

  test('for any text of them', () => {
    const numberLike = fc.stringMatching(/^[-+]?[0-9_.:eExobabTZ+-]{1,9}$/);
    expect(fc.check(fc.property(numberLike, readsBack), { numRuns: 2000 }).counterexample).toBeNull();
  });

  test('for any text at all', () => {
    const any = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }));
    const text = any.filter((text) => !/\p{Cs}/u.test(text));
    expect(fc.check(fc.property(text, readsBack), { numRuns: 1000 }).counterexample).toBeNull();
  });
});

const numbers = '1.20 1e3 0123 0o17 0b101 0x1F -1 +.5 1_000 1:30 190:20:30.15 .inf -.INF .NaN e0 .';
const words = 'true Yes no ON off y N ~ null NULL 2026-11-20 2026-1-2 2026-11-20T10:00:00Z << =';

// What go-yaml, with which Helm, kubectl and Argo CD read, and older readers take for another type.
test.each(`${numbers} ${words}`.split(' '))('%j is no string', (text) => {
  expect(readsAsString(text)).toBe(false);
});

test.each(
  'v1 1.2.3 1.20.0-rc.1 main-12-4f9c01 4f9c01a sha256:ab 1.2.3+4 2026.11.20 20261120-1 _1 yes-1 a_b'.split(' '),
)('%j needs no quotes', (text) => {
  expect(readsAsString(text) && mayBePlain(text, true)).toBe(true);
});
