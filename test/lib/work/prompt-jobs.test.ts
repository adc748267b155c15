import { expect, test, vi } from 'vitest';
import { Failure } from '../../../src/lib/model/failure.ts';
import type { Log } from '../../../src/lib/model/log.ts';
import type { SendOptions } from '../../../src/lib/storage/queues.ts';
import { makeStartPromptJob } from '../../../src/lib/work/prompt-jobs.ts';
import type { PromptJobsDeps } from '../../../src/lib/work/prompt-jobs.ts';
import { makeWorker } from '../../../src/lib/work/worker.ts';
import type { JobHandlers } from '../../../src/lib/work/worker.ts';

const job = { kind: 'sync-result', body: { application: 'argocd/shop' } } as const;
const message = { v: 1, ...job };
const long = 10_000;
const storageDown = () => Promise.reject(new Failure('storage-unavailable', 'no'));

/** A job that ends when the test lets it. */
function pending() {
  let end: (() => void) | undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  return { ended, end: () => end?.() };
}

function makeBench(given: Partial<PromptJobsDeps> = {}) {
  const steps: string[] = [];
  const lines: string[] = [];
  const visible: unknown[] = [];
  const note =
    (place: string): Log =>
    (level, event) =>
      void lines.push(`${place} ${level} ${event}`);
  const deps: PromptJobsDeps = {
    store: (queue, stored, { delaySeconds }: SendOptions = {}) => {
      steps.push(`stored for ${delaySeconds ?? 0} s`);
      if (delaySeconds === undefined) visible.push([queue, stored]);
      return Promise.resolve({
        remove: () => {
          steps.push('removed');
          return Promise.resolve();
        },
      });
    },
    run: () => {
      steps.push('run');
      return Promise.resolve();
    },
    log: note('process'),
    sleep: (ms) => {
      steps.push(`slept ${ms}`);
      return Promise.resolve();
    },
    places: 2,
    ...given,
  };
  const start = makeStartPromptJob(deps);
  return { deps, steps, lines, visible, start, invocation: note('invocation') };
}

test('a job is stored hidden, run, and removed', async () => {
  const { start, steps } = makeBench();
  const started = await start(job);
  expect(steps[0]).toBe('stored for 60 s');
  await started.endsWithin(long);
  expect(steps).toEqual(['stored for 60 s', 'run', 'removed']);
});

test('a job that has to come after an answer starts later', async () => {
  const { start, steps } = makeBench();
  await (await start(job, { afterMs: 1_000 })).endsWithin(long);
  expect(steps).toEqual(['stored for 60 s', 'slept 1000', 'run', 'removed']);
});

test('a job that is not stored does not run, and leaves its place', async () => {
  const { deps, steps } = makeBench({ places: 1 });
  let isDown = true;
  const start = makeStartPromptJob({ ...deps, store: (...stored) => (isDown ? storageDown() : deps.store(...stored)) });
  await expect(start(job)).rejects.toMatchObject({ code: 'storage-unavailable' });
  isDown = false;
  await (await start(job)).endsWithin(long);
  expect(steps).toEqual(['stored for 60 s', 'run', 'removed']);
});

test('above the bound a job is left to the queue at once, until one has ended', async () => {
  const slow = pending();
  const run = vi.fn(() => slow.ended);
  const { start, visible, steps } = makeBench({ run });
  const first = await start(job);
  await start(job);
  const third = await start(job);
  await third.endsWithin(long);
  expect(run).toHaveBeenCalledTimes(2);
  expect(visible).toEqual([['work', message]]);
  slow.end();
  await first.endsWithin(long);
  await (await start(job)).endsWithin(long);
  expect(run).toHaveBeenCalledTimes(3);
  expect(steps.filter((step) => step === 'removed')).toHaveLength(3);
});

test('a slow job does not hold its invocation; then it logs through the process, and its message is removed at its end', async () => {
  const slow = pending();
  const run: PromptJobsDeps['run'] = async (_job, log) => {
    log('info', 'began');
    await slow.ended;
    log('info', 'ended');
  };
  const { start, steps, lines, invocation } = makeBench({ run });
  const started = await start(job, { log: invocation });
  await started.endsWithin(1);
  expect(steps).toEqual(['stored for 60 s']);
  slow.end();
  await started.endsWithin(long);
  expect(lines).toEqual(['invocation info began', 'process info ended']);
  expect(steps).toEqual(['stored for 60 s', 'removed']);
});

test('a bug is logged, and its message stays for the queue', async () => {
  const { start, steps, lines, invocation } = makeBench({ run: () => Promise.reject(new TypeError('a bug')) });
  await (await start(job, { log: invocation })).endsWithin(long);
  expect(lines).toEqual(['invocation error left-to-queue']);
  expect(steps).toEqual(['stored for 60 s']);
});

test('a message that cannot be removed is logged: the job runs twice', async () => {
  const bench = makeBench({ places: 1 });
  const start = makeStartPromptJob({ ...bench.deps, store: () => Promise.resolve({ remove: storageDown }) });
  for (let times = 0; times < 2; times += 1) await (await start(job)).endsWithin(long);
  expect(bench.lines).toEqual(['process warn message-not-removed', 'process warn message-not-removed']);
});

test('a job that has to be retried is queued alone with its delay before its message is removed', async () => {
  const { deps, steps } = makeBench();
  const handler = { run: () => Promise.reject(new Failure('throttled', 'wait', { retryAfterSeconds: 300 })) };
  const worker = makeWorker({
    handlers: () => ({ 'sync-result': handler }) as unknown as JobHandlers,
    rawKind: () => 'sync-result',
    send: async (...sent) => void (await deps.store(...sent)),
    now: () => new Date('2026-11-20T10:00:00Z'),
    random: () => 0,
  });
  await (await makeStartPromptJob({ ...deps, run: worker.run })(job)).endsWithin(long);
  expect(steps).toEqual(['stored for 60 s', 'stored for 300 s', 'removed']);
});
