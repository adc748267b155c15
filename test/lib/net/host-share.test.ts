import { expect, test } from 'vitest';
import { HostShare } from '../../../src/lib/net/host-share.ts';

function bench(limit: number) {
  let time = Date.parse('2026-11-20T10:00:00Z');
  const share = new HostShare(limit, () => new Date(time));
  const ends: (() => void)[] = [];
  const answers: (() => void)[] = [];
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
    /** Calls a host, which answers when it is told to. */
    call: (host = 'a') => share.call(host, () => new Promise<void>((resolve) => answers.push(resolve))),
    answerAll: () => answers.splice(0).forEach((answer) => answer()),
  };
}

test('a host that answers is not bounded; of a host without an answer for 2 s, work above the share is refused', async () => {
  const { share, start, endAll, running, call, answerAll, pass } = bench(3);
  const before = start(10);
  const open = call();
  expect(running()).toBe(10);
  pass(2_000);
  expect(share.isFull('a')).toBe(false);
  pass(1);
  expect([share.isFull('a'), share.isFull('b')]).toEqual([true, false]);
  await expect(share.run('a', 'u0', () => Promise.resolve())).rejects.toMatchObject({ code: 'host-busy' });
  expect(await share.run('b', 'u0', () => Promise.resolve('passed'))).toBe('passed');
  endAll();
  await Promise.all(before);
  // It keeps its share while it is silent.
  const share3 = start(4);
  await expect(share3[3]).rejects.toMatchObject({ code: 'host-busy' });
  expect(running()).toBe(3);
  endAll();
  answerAll();
  await Promise.all([open, ...share3.slice(0, 3)]);
});

test('any answer in time shows that the host is not silent, a failure too; an answer that is late does not', async () => {
  const { share, start, endAll, call, answerAll, pass } = bench(1);
  const held = start(1);
  const slow = call();
  pass(1_500);
  await expect(share.call('a', () => Promise.reject(new Error('404')))).rejects.toThrow('404');
  pass(2_000);
  expect(share.isFull('a')).toBe(false);
  const second = call();
  pass(4_000);
  expect(share.isFull('a')).toBe(true);
  answerAll();
  await Promise.all([slow, second]);
  // Nothing is asked now, so nothing shows that the host is silent.
  expect(share.isFull('a')).toBe(false);
  endAll();
  await Promise.all(held);
});

test('work that fails frees its place; work inside other work of its holder shares the place', async () => {
  const { share, pass, call, answerAll } = bench(1);
  const open = call();
  pass(3_001);
  await expect(share.run('a', 'u1', () => Promise.reject(new Error('lost')))).rejects.toThrow('lost');
  expect(share.isFull('a')).toBe(false);
  const inner = await share.run('a', 'u2', async () => {
    const result = await share.run('a', 'u2', () => Promise.resolve('inside'));
    expect(share.isFull('a')).toBe(true);
    return result;
  });
  expect([inner, share.isFull('a')]).toEqual(['inside', false]);
  answerAll();
  await open;
});

test('the longer a host is silent, the later refused work comes back: after 2 s to 60 s', async () => {
  const { share, call, answerAll, pass } = bench(3);
  const delay = () => share.refusal('a').retryAfterSeconds;
  const open = call();
  expect(delay()).toBe(2);
  pass(15_000);
  expect(delay()).toBe(15);
  pass(120_000);
  expect(delay()).toBe(60);
  answerAll();
  await open;
});

test('work that is refused again and again is seldom queued: five times in the first minute of silence', async () => {
  const { share, call, answerAll, pass } = bench(0);
  const open = call();
  let seconds = 2;
  pass(2_001);
  let refusals = 0;
  while (seconds < 60) {
    const { retryAfterSeconds = 0 } = share.refusal('a');
    refusals += 1;
    seconds += retryAfterSeconds;
    pass(retryAfterSeconds * 1_000);
    expect(share.isFull('a')).toBe(true);
  }
  expect(refusals).toBe(5);
  answerAll();
  await open;
});
