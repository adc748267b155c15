import { expect, test } from 'vitest';
import { retryAfterSeconds } from '../../../src/lib/net/retry-after.ts';

test.each([
  ['17', 17],
  ['0', 0],
  ['Sat, 21 Nov 2026 10:00:30 GMT', 30],
  ['Sat, 21 Nov 2026 09:00:00 GMT', 0],
  ['soon', undefined],
  ['999999999', 3600],
  ['Mon, 21 Nov 2050 10:00:00 GMT', 3600],
  ['1.5', 1.5],
  ['-5', undefined],
  [null, undefined],
])('Retry-After: %s', (header, seconds) => {
  expect(retryAfterSeconds(header, new Date('2026-11-21T10:00:00Z'))).toBe(seconds);
});
