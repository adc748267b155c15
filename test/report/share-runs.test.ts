import { expect, test } from 'vitest';
import { shareRuns } from '../../src/lib/report/share-runs.ts';

function gate() {
  let open = (): void => {};
  const promise = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { promise, open: () => open() };
}

test('all that come while one run is under way share the next, and it begins after they came', async () => {
  const share = shareRuns();
  const first = gate();
  let runs = 0;
  const one = share('k', () => {
    runs += 1;
    return first.promise;
  });
  const others = ['a', 'b', 'c'].map(() =>
    share('k', () => {
      runs += 1;
      return Promise.resolve();
    }),
  );
  expect(runs).toBe(1);
  first.open();
  await Promise.all([one, ...others]);
  expect(runs).toBe(2);
  await share('k', () => {
    runs += 1;
    return Promise.resolve();
  });
  expect(runs).toBe(3);
});

test('a run that fails fails those who share it, and no other', async () => {
  const share = shareRuns();
  const first = share('k', () => Promise.reject(new Error('first')));
  const second = share('k', () => Promise.resolve());
  const elsewhere = share('other', () => Promise.resolve());
  await expect(first).rejects.toThrow('first');
  await expect(second).resolves.toBeUndefined();
  await expect(elsewhere).resolves.toBeUndefined();
});
