import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { makeTokenCipher } from '../../../src/lib/gates/token-cipher.ts';

test('a token opens with its key, at its place, and is not to be read in what is kept', () => {
  const cipher = makeTokenCipher([randomBytes(32)]);
  const sealed = cipher.encrypt('secret-token', 'gate-1');
  expect(sealed).not.toContain('secret');
  expect(Buffer.from(sealed, 'base64').toString('latin1')).not.toContain('secret');
  expect(cipher.decrypt(sealed, 'gate-1')).toBe('secret-token');
  expect(cipher.decrypt(sealed, 'gate-2')).toBeUndefined();
  expect(cipher.encrypt('secret-token', 'gate-1')).not.toBe(sealed);
});

test('after a change of keys the old one still opens, until it is taken away', () => {
  const [old, fresh] = [randomBytes(32), randomBytes(32)];
  const sealed = makeTokenCipher([old]).encrypt('t', 'g');
  expect(makeTokenCipher([fresh, old]).decrypt(sealed, 'g')).toBe('t');
  expect(makeTokenCipher([fresh]).decrypt(sealed, 'g')).toBeUndefined();
});

test('what was changed or cut opens not', () => {
  const cipher = makeTokenCipher([randomBytes(32)]);
  const bytes = Buffer.from(cipher.encrypt('token', 'g'), 'base64');
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  expect(cipher.decrypt(bytes.toString('base64'), 'g')).toBeUndefined();
  expect(cipher.decrypt(bytes.subarray(0, 20).toString('base64'), 'g')).toBeUndefined();
  expect(cipher.decrypt('', 'g')).toBeUndefined();
});
