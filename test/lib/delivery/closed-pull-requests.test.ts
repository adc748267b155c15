import { expect, test } from 'vitest';
import { isCheckDue } from '../../../src/lib/delivery/propose/closed-pull-requests.ts';

const at = '2026-05-01T10:00:30Z';
const closed = { number: 1, url: 'https://git.example/1', updates: [], at };

test.each([
  [1, true],
  [59, true],
  [62, false],
  [119, false],
  [120, true],
  [150, false],
  [24 * 60, true],
])('%i min after it was closed, a check of a pull request is due: %s', (minutes, due) => {
  expect(isCheckDue(closed, new Date(Date.parse(at) + minutes * 60_000))).toBe(due);
});
