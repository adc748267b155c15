import { expect, test } from 'vitest';
import { HostShare } from '../../../src/lib/net/host-share.ts';

/** Work that runs until it is ended. */
function hanging() {
  const ends: (() => void)[] = [];
  return { ends, work: () => new Promise<void>((resolve) => ends.push(resolve)) };
}

test('a host that hangs holds its share; further work is refused at once, and other hosts pass', async () => {
  const share = new HostShare(3, () => new Date());
  const { ends, work } = hanging();
  const all = Array.from({ length: 10 }, (_, index) => share.run('a', `u${index}`, work));
  const ended = await Promise.allSettled(all.slice(3));
  expect(ended.map((one) => one.status === 'rejected' && one.reason.code)).toEqual(Array(7).fill('host-busy'));
  expect(ends).toHaveLength(3);
  expect([share.isFull('a'), share.isFull('b')]).toEqual([true, false]);
  expect(await share.run('b', 'u0', () => Promise.resolve('passed'))).toBe('passed');
  for (const end of ends) end();
  await Promise.all(all.slice(0, 3));
});

test('work that ends or fails frees its place', async () => {
  const share = new HostShare(1, () => new Date());
  await share.run('a', 'u1', () => Promise.resolve());
  await expect(share.run('a', 'u2', () => Promise.reject(new Error('lost')))).rejects.toThrow('lost');
  expect(share.isFull('a')).toBe(false);
});

test('work inside other work of its holder shares the place', async () => {
  const share = new HostShare(1, () => new Date());
  const inner = await share.run('a', 'u1', async () => {
    const result = await share.run('a', 'u1', () => Promise.resolve('inside'));
    expect(share.isFull('a')).toBe(true);
    return result;
  });
  expect([inner, share.isFull('a')]).toEqual(['inside', false]);
});

test('refused work comes back at the rate at which the host ends work', async () => {
  let time = Date.parse('2026-11-20T10:00:00Z');
  const share = new HostShare(20, () => new Date(time));
  const refusals = (count: number) =>
    Array.from({ length: count }, () => share.refusal('a').retryAfterSeconds ?? Number.NaN);
  const hanging = refusals(400);
  expect([hanging[0], hanging[99], hanging[399]]).toEqual([2, 20, 60]);
  time += 120_000;
  for (let ended = 0; ended < 20; ended += 1) {
    await share.run('a', `u${ended}`, () => Promise.resolve());
    time += 50;
  }
  const quick = refusals(400);
  expect([quick[0], quick[99], quick[399]]).toEqual([2, 5, 20]);
});
