import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { makeTokenBox } from '../../../src/lib/gates/token-cipher.ts';

test('a token opens with its key, at its place, and is not to be read in what is kept', () => {
  const box = makeTokenBox([randomBytes(32)]);
  const sealed = box.seal('secret-token', 'gate-1');
  expect(sealed).not.toContain('secret');
  expect(Buffer.from(sealed, 'base64').toString('latin1')).not.toContain('secret');
  expect(box.open(sealed, 'gate-1')).toBe('secret-token');
  expect(box.open(sealed, 'gate-2')).toBeUndefined();
  expect(box.seal('secret-token', 'gate-1')).not.toBe(sealed);
});

test('after a change of keys the old one still opens, until it is taken away', () => {
  const [old, fresh] = [randomBytes(32), randomBytes(32)];
  const sealed = makeTokenBox([old]).seal('t', 'g');
  expect(makeTokenBox([fresh, old]).open(sealed, 'g')).toBe('t');
  expect(makeTokenBox([fresh]).open(sealed, 'g')).toBeUndefined();
});

test('what was changed or cut opens not', () => {
  const box = makeTokenBox([randomBytes(32)]);
  const bytes = Buffer.from(box.seal('token', 'g'), 'base64');
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  expect(box.open(bytes.toString('base64'), 'g')).toBeUndefined();
  expect(box.open(bytes.subarray(0, 20).toString('base64'), 'g')).toBeUndefined();
  expect(box.open('', 'g')).toBeUndefined();
});
