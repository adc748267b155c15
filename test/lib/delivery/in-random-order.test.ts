import { expect, test } from 'vitest';
import { inRandomOrder } from '../../../src/lib/delivery/in-random-order.ts';

test('each item has any place, and none is lost', () => {
  const places = [0.5, 0.1, 0.9];
  expect(inRandomOrder(['a', 'b', 'c'], () => places.shift() ?? 0)).toEqual(['b', 'a', 'c']);
  const firsts = new Set(Array.from({ length: 200 }, () => inRandomOrder(['a', 'b', 'c'], Math.random)[0]));
  expect(firsts).toEqual(new Set(['a', 'b', 'c']));
});
