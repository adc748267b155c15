import { EventEmitter, once } from 'node:events';
import { expect, test } from 'vitest';
import { shareRuns } from '../../../src/lib/async/share-runs.ts';

test('all that come while one run is under way share the next, and it begins after they came', async () => {
  const share = shareRuns();
  const gate = new EventEmitter();
  let runs = 0;
  const one = share('k', async () => {
    runs += 1;
    await once(gate, 'open');
  });
  const others = ['a', 'b', 'c'].map(() =>
    share('k', () => {
      runs += 1;
      return Promise.resolve();
    }),
  );
  expect(runs).toBe(1);
  gate.emit('open');
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
