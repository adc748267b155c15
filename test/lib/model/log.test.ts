import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatLogLine, parseLogLine } from '../../../src/lib/model/log.ts';

test('a line is an event and its fields', () => {
  expect(formatLogLine('committed', { route: 'shop/api', environment: 'dev', ms: 41, code: undefined })).toBe(
    'committed route=shop/api environment=dev ms=41',
  );
});

test.each(['\u2028', '\u2029', '\u0085', '\u202e', '\ufeff', '\u{e0001}', '\u001b[2J'])(
  'invisible characters are written as escapes: %j',
  (character) => {
    const line = formatLogLine('routed', { value: `a${character}b` });
    expect(line).toMatch(/^[ -~]+$/);
    expect(parseLogLine(line)?.fields).toEqual({ value: `a${character}b` });
  },
);

test('no value can end a line, add a field, or be lost', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.string({ unit: 'grapheme', maxLength: 60 }),
      (first, second) => {
        const line = formatLogLine('routed', { first, second });
        expect(line).not.toMatch(/[\n\r\u2028\u2029]/);
        expect(parseLogLine(line)).toEqual({ event: 'routed', fields: { first, second } });
      },
    ),
  );
});
