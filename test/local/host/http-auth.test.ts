import { expect, it } from 'vitest';
import { createKeyCheck } from '../../../local/host/http-auth.ts';

it('takes no key for none, even where a key is empty', () => {
  const allows = createKeyCheck('', { empty: '' });
  expect([allows(undefined, 'admin'), allows('', 'admin'), allows('', 'function')]).toEqual([false, false, false]);
  expect(allows(undefined, 'anonymous')).toBe(true);
});

it('gives a key that is set twice its higher level', () => {
  const allows = createKeyCheck('same', { other: 'same', mine: 'own' });
  expect([allows('same', 'admin'), allows('own', 'admin'), allows('own', 'function')]).toEqual([true, false, true]);
});
