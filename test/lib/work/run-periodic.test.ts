import { EventEmitter, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import type { RegisteredFunction } from '../../../local/host/app-registry.ts';
import { TimerListener } from '../../../local/host/timer-listener.ts';
import { Failure } from '../../../src/lib/model/failure.ts';
import { makeRunPeriodic } from '../../../src/lib/work/run-periodic.ts';
import type { PeriodicJob } from '../../../src/lib/work/run-periodic.ts';
import { eventually } from '../../support/eventually.ts';

const minuteMs = 60_000;

function bench(longestMs?: number) {
  const time = { ms: Date.parse('2026-11-20T10:00:00.000Z') };
  const lines: object[] = [];
  const ran: string[] = [];
  /** Ends the work that hangs. */
  const hang = { current: new EventEmitter() };
  const hanging = async (): Promise<void> => {
    ran.push('hangs');
    await once(hang.current, 'end');
  };
  const jobs = {
    hangs: { name: 'hangs', run: hanging },
    fails: { name: 'fails', run: () => Promise.reject(new Failure('storage-unavailable', 'no')) },
    works: { name: 'works', run: async () => void ran.push('works') },
  } satisfies Record<string, PeriodicJob>;
  return {
    time,
    lines,
    ran,
    hang,
    jobs,
    log: (level: string, event: string, fields?: object) => void lines.push({ level, event, ...fields }),
    make: (...made: readonly PeriodicJob[]) =>
      makeRunPeriodic(made, { now: () => new Date(time.ms), ...(longestMs !== undefined && { longestMs }) }),
  };
}

test('jobs run side by side; one that hangs does not overlap itself, one that fails holds up no other', async () => {
  const { ran, lines, hang, jobs, log, make } = bench();
  const run = make(jobs.hangs, jobs.fails, jobs.works);
  const first = run(log);
  await sleep(1);
  await run(log);
  expect(ran).toEqual(['hangs', 'works', 'works']);
  const failed = {
    level: 'error',
    event: 'periodic-job-failed',
    job: 'fails',
    code: 'storage-unavailable',
    reason: 'no',
  };
  expect(lines).toEqual([failed, failed]);
  hang.current.emit('end');
  await first;
  const last = run(log);
  expect(ran).toEqual(['hangs', 'works', 'works', 'hangs', 'works']);
  hang.current.emit('end');
  await last;
});

test('a run ends at its time limit; the job that hangs is left out until it has ended, and named', async () => {
  const { ran, lines, hang, jobs, log, make } = bench(20);
  const run = make(jobs.hangs, jobs.works);
  await run(log);
  expect(lines).toEqual([{ level: 'warn', event: 'periodic-job-slow', job: 'hangs' }]);
  await run(log);
  expect(lines).toHaveLength(1);
  hang.current.emit('end');
  await sleep(1);
  await run(log);
  expect(ran).toEqual(['hangs', 'works', 'works', 'hangs', 'works']);
});

test('a timer whose job hangs fires again, and the other jobs run', async () => {
  const { ran, jobs, log, make } = bench(50);
  const run = make(jobs.hangs, jobs.works);
  const listener = new TimerListener({
    timer: {
      target: { metadata: { name: 'clock' } } as unknown as RegisteredFunction,
      binding: 'timer',
      schedule: '',
      next: (after: Date) => new Date(after.getTime() + 100),
      runOnStartup: false,
      useMonitor: false,
    },
    statuses: undefined,
    emit: () => undefined,
    now: () => new Date(),
    run: async () => {
      await run(log);
      return { outcome: 'failed', error: undefined };
    },
  });
  onTestFinished(() => listener.stop());
  await listener.start();
  await eventually(() => expect(ran.filter((name) => name === 'works').length).toBeGreaterThan(2));
  expect(ran.filter((name) => name === 'hangs')).toHaveLength(1);
});

test('a job that hangs for 10 min is started again, and its late end frees only itself', async () => {
  const { time, ran, lines, hang, jobs, log, make } = bench(20);
  const run = make(jobs.hangs);
  await run(log);
  time.ms += 10 * minuteMs - 1;
  await run(log);
  expect(ran).toHaveLength(1);
  const first = hang.current;
  hang.current = new EventEmitter();
  time.ms += 1;
  await run(log);
  expect(ran).toHaveLength(2);
  expect(lines).toContainEqual({ level: 'error', event: 'periodic-job-hangs', job: 'hangs', ms: 10 * minuteMs });
  first.emit('end');
  await sleep(1);
  await run(log);
  expect(ran).toHaveLength(2);
  hang.current.emit('end');
  await sleep(1);
  await run(log);
  expect(ran).toHaveLength(3);
});

test('an unexpected error is logged, and thrown after every job has ended', async () => {
  const { ran, lines, jobs, log, make } = bench();
  const broken = { name: 'broken', run: () => Promise.reject(new TypeError('a bug')) };
  await expect(make(broken, jobs.works)(log)).rejects.toThrow('a bug');
  expect(ran).toEqual(['works']);
  expect(lines).toEqual([
    { level: 'error', event: 'periodic-job-failed', job: 'broken', reason: expect.stringContaining('a bug') },
  ]);
});

test('an unexpected error after the end of the run is logged', async () => {
  const { lines, hang, jobs, log, make } = bench(20);
  await make(jobs.hangs)(log);
  hang.current.emit('error', new TypeError('a bug'));
  await sleep(1);
  expect(lines.at(-1)).toEqual({
    level: 'error',
    event: 'periodic-job-failed',
    job: 'hangs',
    reason: expect.stringContaining('a bug'),
  });
});
