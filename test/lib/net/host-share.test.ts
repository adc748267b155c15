import { expect, test } from 'vitest';
import { Failure } from '../../../src/lib/model/failure.ts';
import { HostShare } from '../../../src/lib/net/host-share.ts';
import { eventually } from '../../support/eventually.ts';

const unanswered = new Failure('service-unavailable', 'the time limit has passed');

function bench(limit: number) {
  let time = Date.parse('2026-11-20T10:00:00Z');
  const share = new HostShare(limit, () => new Date(time));
  const ends: (() => void)[] = [];
  const calls: { readonly answer: () => void; readonly fail: (error: Error) => void }[] = [];
  return {
    share,
    pass: (ms: number) => void (time += ms),
    /** Starts work that runs until it is ended. */
    start: (count: number, host = 'a') =>
      Array.from({ length: count }, () =>
        share.run(host, () => new Promise<string>((resolve) => ends.push(() => resolve('done')))),
      ),
    endAll: () => ends.splice(0).forEach((end) => end()),
    running: () => ends.length,
    /** Calls a host, which answers when the test says so. */
    call: (host = 'a') =>
      share.call(host, () => new Promise<void>((answer, fail) => calls.push({ answer: () => answer(), fail }))),
    answerAll: () => calls.splice(0).forEach(({ answer }) => answer()),
    failAll: () => calls.splice(0).forEach(({ fail }) => fail(unanswered)),
  };
}

test('a host that answers is not bounded; of a host without an answer for 5 s, work above the share is refused', async () => {
  const { share, start, endAll, running, call, answerAll, pass } = bench(3);
  const open = call();
  const before = start(10);
  expect(running()).toBe(10);
  pass(5_000);
  expect(share.isFull('a')).toBe(false);
  pass(1);
  expect([share.isFull('a'), share.isFull('b')]).toEqual([true, false]);
  await expect(share.run('a', () => Promise.resolve())).rejects.toMatchObject({ code: 'host-busy' });
  expect(await share.run('b', () => Promise.resolve('passed'))).toBe('passed');
  endAll();
  await Promise.all(before);
  // It keeps its share while it is silent; the open call has a place too.
  const more = start(3);
  await expect(more[2]).rejects.toMatchObject({ code: 'host-busy' });
  expect(running()).toBe(2);
  await expect(call()).rejects.toMatchObject({ code: 'host-busy' });
  endAll();
  answerAll();
  await Promise.all([open, ...more.slice(0, 2)]);
});

test('of the work that a silent host holds, all above the share ends its wait and comes back after 60 s', async () => {
  const { share, start, endAll, running, call, answerAll, pass } = bench(3);
  const open = call();
  const others = start(5, 'b');
  const held = start(10);
  pass(5_501);
  const ends = await Promise.allSettled(held.slice(2));
  expect(ends.map((end) => end.status === 'rejected' && end.reason)).toEqual(
    Array(8).fill(expect.objectContaining({ code: 'host-busy', retryAfterSeconds: 60 })),
  );
  // The share and the work for another host wait on; what ended its wait goes on without a message.
  expect([share.isFull('a'), running()]).toEqual([true, 15]);
  endAll();
  expect(await Promise.all([...held.slice(0, 2), ...others])).toEqual(Array(7).fill('done'));
  answerAll();
  await open;
});

test('work that does not wait for the host itself is not ended; what waits inside it is refused and ended', async () => {
  const { share, start, endAll, call, answerAll, pass } = bench(1);
  const open = call();
  const recorded: (() => void)[] = [];
  const isRecorded = new Promise<void>((resolve) => recorded.push(resolve));
  const reserved = share.reserve('a', async () => {
    const ended = await Promise.allSettled([start(1)[0]]);
    await isRecorded;
    return [...ended, ...(await Promise.allSettled([share.run('a', () => Promise.resolve())]))];
  });
  pass(5_501);
  await eventually(() => expect(share.isFull('a')).toBe(true));
  recorded[0]?.();
  const refused = { status: 'rejected', reason: { code: 'host-busy' } };
  expect(await reserved).toMatchObject([refused, refused]);
  endAll();
  answerAll();
  await open;
});

test('a host that left a call without an answer stays silent between calls, until an answer or for 60 s', async () => {
  const { share, start, endAll, call, failAll, answerAll, pass } = bench(2);
  const miss = async () => {
    const open = call();
    pass(10_000);
    failAll();
    await expect(open).rejects.toThrow('time limit');
  };
  const held = start(2);
  await miss();
  expect([share.isFull('a'), share.refusal('a').retryAfterSeconds]).toEqual([true, 10]);
  pass(60_001);
  expect(share.isFull('a')).toBe(false);
  await miss();
  expect(share.isFull('a')).toBe(true);
  endAll();
  await Promise.all(held);
  const answered = call();
  answerAll();
  await answered;
  const more = start(3);
  expect(share.isFull('a')).toBe(false);
  endAll();
  await Promise.all(more);
});

test('any answer in time shows that the host is not silent, a failure too; an answer that is late does not', async () => {
  const { share, start, endAll, call, answerAll, pass } = bench(1);
  const held = start(1);
  const slow = call();
  pass(4_500);
  await expect(share.call('a', () => Promise.reject(new Error('404')))).rejects.toThrow('404');
  pass(5_000);
  expect(share.isFull('a')).toBe(false);
  const second = call();
  pass(6_000);
  expect(share.isFull('a')).toBe(true);
  answerAll();
  await Promise.all([slow, second]);
  // Nothing is asked now, so nothing shows that the host is silent.
  expect(share.isFull('a')).toBe(false);
  endAll();
  await Promise.all(held);
});

test('a call that takes longer by its nature shows silence later; beside it other calls count as before', async () => {
  const { share, pass } = bench(0);
  const open: (() => void)[] = [];
  const start = (limitMs?: number) =>
    share.observe('a', () => new Promise<void>((answer) => open.push(answer)), limitMs);
  const push = start(10_000);
  pass(5_001);
  expect(share.isFull('a')).toBe(false);
  pass(4_999);
  expect(share.isFull('a')).toBe(false);
  pass(1);
  expect(share.isFull('a')).toBe(true);
  open.shift()?.();
  await push;
  // It took longer than its limit, so it does not show that the host answers.
  const both = [start(10_000), start()];
  pass(5_001);
  expect(share.isFull('a')).toBe(true);
  open.pop()?.();
  open.pop()?.();
  await Promise.all(both);
});

test('work that fails frees its place; work and calls inside other work for the host share its place', async () => {
  const { share, pass, call, answerAll } = bench(2);
  const open = call();
  pass(5_001);
  await expect(share.run('a', () => Promise.reject(new Error('lost')))).rejects.toThrow('lost');
  expect(share.isFull('a')).toBe(false);
  const inner = await share.run('a', async () => {
    const result = await share.run('a', () => share.call('a', () => Promise.resolve(share.isFull('a'))));
    return [result, share.isFull('a')];
  });
  // The inner call was answered in time.
  expect(inner).toEqual([true, false]);
  answerAll();
  await open;
});

test('the longer a host is silent, the later refused work comes back: after 5 s to 60 s', async () => {
  const { share, call, answerAll, pass } = bench(3);
  const delay = () => share.refusal('a').retryAfterSeconds;
  const open = call();
  expect(delay()).toBe(5);
  pass(15_000);
  expect(delay()).toBe(15);
  pass(120_000);
  expect(delay()).toBe(60);
  answerAll();
  await open;
});

test('work that is refused again and again is seldom queued: four times in the first minute of silence', async () => {
  const { share, call, answerAll, pass } = bench(0);
  const open = call();
  let seconds = 5;
  pass(5_001);
  let refusals = 0;
  while (seconds < 60) {
    const { retryAfterSeconds = 0 } = share.refusal('a');
    refusals += 1;
    seconds += retryAfterSeconds;
    pass(retryAfterSeconds * 1_000);
    expect(share.isFull('a')).toBe(true);
  }
  expect(refusals).toBe(4);
  answerAll();
  await open;
});
