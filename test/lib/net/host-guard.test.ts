import { expect, test } from 'vitest';
import { Failure } from '../../../src/lib/model/failure.ts';
import { HostGuard } from '../../../src/lib/net/host-guard.ts';

const outage = new Failure('service-unavailable', 'no answer');

function bench() {
  let time = Date.parse('2026-11-20T10:00:00Z');
  const guard = new HostGuard({
    now: () => new Date(time),
    maxConcurrent: 3,
    waitMs: 50,
    openAfter: 2,
    openMs: 30_000,
  });
  const ends: ((failure?: Failure) => void)[] = [];
  let calls = 0;
  const call = (host = 'a', isHanging = true): Promise<void> =>
    guard.run(host, () => {
      calls += 1;
      if (!isHanging) return Promise.resolve();
      return new Promise((resolve, reject) => ends.push((failure) => (failure ? reject(failure) : resolve())));
    });
  return { guard, call, ends, calls: () => calls, pass: (ms: number) => void (time += ms) };
}

test('a host that hangs holds its share, and others pass', async () => {
  const { call, calls } = bench();
  const hanging = Array.from({ length: 10 }, () => call());
  const refused = await Promise.allSettled(hanging.slice(3));
  expect(refused.map((one) => one.status === 'rejected' && (one.reason as Failure).code)).toEqual(
    Array(7).fill('service-unavailable'),
  );
  expect(calls()).toBe(3);
  await call('b', false);
});

test('a host that answers is not bounded: those that wait enter with its first answer', async () => {
  const { call, calls, ends } = bench();
  const all = Array.from({ length: 10 }, () => call());
  ends[0]?.();
  await all[0];
  expect(calls()).toBe(10);
  for (const end of ends) end();
  await Promise.all(all);
});

test('work that ends without an answer gives its place to one that waits', async () => {
  const { call, calls, ends } = bench();
  const [first, , , fourth] = Array.from({ length: 4 }, () => call());
  ends[0]?.(outage);
  await expect(first).rejects.toBe(outage);
  expect(calls()).toBe(4);
  ends[3]?.();
  await fourth;
});

test('after outages the host is left alone; then one call tries it', async () => {
  const { guard, call, calls, ends, pass } = bench();
  const fail = () => guard.run('a', () => Promise.reject(outage));
  await expect(fail()).rejects.toBe(outage);
  await expect(fail()).rejects.toBe(outage);
  await expect(call()).rejects.toMatchObject({ code: 'service-unavailable', retryAfterSeconds: 5 });
  await call('b', false);
  pass(30_000);
  const probe = call();
  await expect(call()).rejects.toMatchObject({ code: 'service-unavailable' });
  ends[0]?.();
  await probe;
  await call('a', false);
  expect(calls()).toBe(3);
});

test('a refusal by the host is an answer, and a returned failure counts', async () => {
  const { guard, call } = bench();
  const refusal = new Failure('permission-denied', 'no');
  await guard.run(
    'a',
    () => Promise.resolve(outage),
    (result) => result,
  );
  await expect(guard.run('a', () => Promise.reject(refusal))).rejects.toBe(refusal);
  await guard.run(
    'a',
    () => Promise.resolve(outage),
    (result) => result,
  );
  await call('a', false);
});
