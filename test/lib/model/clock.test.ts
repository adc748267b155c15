import { expect, test } from 'vitest';
import { ageMs } from '../../../src/lib/model/clock.ts';

const now = new Date('2026-11-20T12:00:00Z');

test.each([
  ['an hour ago', '2026-11-20T11:00:00Z', 3_600_000],
  ['now', '2026-11-20T12:00:00Z', 0],
  ['a minute ahead', '2026-11-20T12:01:00Z', -60_000],
  ['more than a minute ahead', '2026-11-20T12:01:00.001Z', Infinity],
  ['a year ahead', '2027-11-20T12:00:00Z', Infinity],
  ['no time', 'soon', Infinity],
])('%s', (_name, at, expected) => {
  expect(ageMs(at, now)).toBe(expected);
});
