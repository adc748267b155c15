import { expect, test } from 'vitest';
import { HostShare } from '../../../src/lib/net/host-share.ts';

function bench(limit: number) {
  let time = Date.parse('2026-11-20T10:00:00Z');
  const share = new HostShare(limit, () => new Date(time));
  const ends: (() => void)[] = [];
  return {
    share,
    pass: (ms: number) => void (time += ms),
    /** Starts work that runs until it is ended. */
    start: (count: number, host = 'a') =>
      Array.from({ length: count }, (_, index) =>
        share.run(host, `${ends.length}-${index}`, () => new Promise<void>((resolve) => ends.push(resolve))),
      ),
    endAll: () => ends.splice(0).forEach((end) => end()),
    running: () => ends.length,
  };
}

test('a host that hangs holds its share; further work is refused at once, and other hosts pass', async () => {
  const { share, start, endAll, running } = bench(3);
  const all = start(10);
  const ended = await Promise.allSettled(all.slice(3));
  expect(ended.map((one) => one.status === 'rejected' && one.reason.code)).toEqual(Array(7).fill('host-busy'));
  expect(running()).toBe(3);
  expect([share.isFull('a'), share.isFull('b')]).toEqual([true, false]);
  expect(await share.run('b', 'u0', () => Promise.resolve('passed'))).toBe('passed');
  endAll();
  await Promise.all(all.slice(0, 3));
});

test('a host that answers is not bounded, until it has not answered for 5 s', async () => {
  const { share, start, endAll, pass, running } = bench(3);
  await share.run('a', 'u0', () => Promise.resolve());
  const all = start(10);
  expect(running()).toBe(10);
  endAll();
  await Promise.all(all);
  pass(5_001);
  const later = start(10);
  expect(running()).toBe(3);
  await Promise.allSettled(later.slice(3));
  // The time limit of a request is not an answer.
  pass(25_000);
  endAll();
  await Promise.all(later.slice(0, 3));
  const again = start(10);
  expect(running()).toBe(3);
  await Promise.allSettled(again.slice(3));
  endAll();
  await Promise.all(again.slice(0, 3));
});

test('work that fails frees its place; work inside other work of its holder shares the place', async () => {
  const { share, pass } = bench(1);
  await expect(share.run('a', 'u1', () => Promise.reject(new Error('lost')))).rejects.toThrow('lost');
  expect(share.isFull('a')).toBe(false);
  pass(5_001);
  const inner = await share.run('a', 'u2', async () => {
    const result = await share.run('a', 'u2', () => Promise.resolve('inside'));
    expect(share.isFull('a')).toBe(true);
    return result;
  });
  expect([inner, share.isFull('a')]).toEqual(['inside', false]);
});

test('the longer a host is silent, the later refused work comes back: after 2 s to 60 s', async () => {
  const { share, start, endAll, pass } = bench(3);
  const delay = () => share.refusal('a').retryAfterSeconds;
  const holding = start(3);
  expect(delay()).toBe(2);
  pass(15_000);
  expect(delay()).toBe(15);
  pass(120_000);
  expect(delay()).toBe(60);
  endAll();
  await Promise.all(holding);
});
