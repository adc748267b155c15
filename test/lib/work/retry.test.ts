import { expect, test } from 'vitest';
import { nextRetry } from '../../../src/lib/work/retry.ts';
import type { Retry } from '../../../src/lib/work/retry.ts';

const now = new Date('2026-11-20T12:00:00Z');
const failure = { code: 'throttled', retryAfterSeconds: undefined };

test('delays grow from 30 s to 30 min', () => {
  const delays: number[] = [];
  let retry: Retry | undefined;
  for (let tries = 0; tries < 9; tries += 1) {
    const next = nextRetry(retry, failure, now, 0);
    delays.push(next?.delaySeconds ?? Number.NaN);
    retry = next?.retry;
  }
  expect(delays).toEqual([30, 60, 120, 240, 480, 960, 1800, 1800, 1800]);
  expect(retry).toEqual({ attempt: 9, since: now.toISOString(), code: 'throttled' });
});

test('never sooner than the other side asked for', () => {
  expect(nextRetry(undefined, { ...failure, retryAfterSeconds: 300 }, now, 0)?.delaySeconds).toBe(300);
  expect(nextRetry(undefined, { ...failure, retryAfterSeconds: 1 }, now, 0)?.delaySeconds).toBe(30);
});

test('what failed together is spread', () => {
  expect(nextRetry(undefined, failure, now, 0.999)?.delaySeconds).toBe(36);
});

test('what may have killed its worker is spread over twice the time, and stays suspect', () => {
  const died = nextRetry(undefined, { ...failure, code: 'worker-ended' }, now, 0.999);
  expect(died).toMatchObject({ delaySeconds: 60, retry: { isSuspect: true } });
  expect(nextRetry(died?.retry, failure, now, 0)?.retry).toMatchObject({
    attempt: 2,
    code: 'throttled',
    isSuspect: true,
  });
});

test('after 24 h it is given up, but without routes events wait', () => {
  const retry = { attempt: 50, since: '2026-11-19T12:00:00.000Z', code: 'throttled' };
  expect(nextRetry(retry, failure, now, 0)).toBeUndefined();
  expect(nextRetry(retry, { ...failure, code: 'routes-invalid' }, now, 0)).toBeDefined();
});

test('a message of a worker whose clock is ahead is given up after a day, too', () => {
  const ahead = { attempt: 3, since: '2099-01-01T00:00:00.000Z', code: 'throttled' };
  const next = nextRetry(ahead, failure, now, 0);
  expect(next?.retry.since).toBe(now.toISOString());
  expect(nextRetry(next?.retry, failure, new Date('2026-11-21T12:00:00Z'), 0)).toBeUndefined();
});
