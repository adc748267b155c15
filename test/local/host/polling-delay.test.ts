import { expect, it } from 'vitest';
import { pollingDelay } from '../../../local/host/polling-delay.ts';

it('doubles from 100 ms to the maximum, and starts again after a message', () => {
  const next = pollingDelay(1000, () => 0.5);
  expect([false, false, false, false, false, false].map(next)).toEqual([100, 200, 300, 500, 900, 1000]);
  expect([true, false].map(next)).toEqual([100, 200]);
});

it('varies each step by a fifth', () => {
  const shortest = pollingDelay(10_000, () => 0);
  const longest = pollingDelay(10_000, () => 1);
  shortest(true);
  longest(true);
  expect([shortest(false), longest(false)]).toEqual([180, 220]);
});

it('never exceeds the maximum, small as it is', () => {
  const next = pollingDelay(100);
  expect([next(false), next(false), next(true)]).toEqual([100, 100, 100]);
});
