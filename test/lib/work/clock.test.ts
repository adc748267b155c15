import { expect, onTestFinished, test } from 'vitest';
import { startStorage } from '../../../local/storage/storage.ts';
import { Failure } from '../../../src/lib/model/failure.ts';
import { makeTableRows } from '../../../src/lib/storage/table-rows.ts';
import { bySchedule } from '../../../src/lib/work/by-schedule.ts';
import { makeDueStore } from '../../../src/lib/work/due-store.ts';
import type { Job } from '../../../src/lib/work/envelope.ts';
import { sendDue } from '../../../src/lib/work/send-due.ts';
import { makeSendLater } from '../../../src/lib/work/send-later.ts';

const zero = Date.parse('2026-11-20T10:00:00.000Z');

async function bench() {
  const storage = await startStorage();
  onTestFinished(() => storage.close());
  const rows = makeTableRows({ AzureWebJobsStorage: storage.connectionString });
  const time = { seconds: 0 };
  const events: string[] = [];
  return {
    rows,
    time,
    events,
    now: () => new Date(zero + time.seconds * 1000),
    log: (_level: string, event: string) => void events.push(event),
  };
}

test.each([
  ['30 */10 * * * *', [30, 630, 1230]],
  ['0 0 11 * * *', [3600]],
  ['0 5/20 10 * * 1-5', [300, 1500]],
  ['0 5,7 * * * *', [300, 420]],
])('%s runs at its times, once each', async (schedule, times) => {
  const { rows, time, now, log } = await bench();
  const ran: number[] = [];
  const job = bySchedule({ name: 'job', run: async () => void ran.push(time.seconds) }, schedule, { rows, now });
  for (; time.seconds <= Math.max(...times) + 60; time.seconds += 30) await job.run(log);
  expect(ran).toEqual(times);
});

test('times that pass while the app is stopped are made up for once, also by another instance', async () => {
  const { rows, time, now, log } = await bench();
  const ran: number[] = [];
  const start = () =>
    bySchedule({ name: 'job', run: async () => void ran.push(time.seconds) }, '0 * * * * *', { rows, now });
  await start().run(log);
  time.seconds = 3_600;
  await Promise.all([start().run(log), start().run(log)]);
  expect(ran.filter((at) => at === 3_600)).toEqual([3_600]);
});

test.each([
  ['a run that fails', 'run'],
  ['a worker that dies, or loses the answer of storage, before its run', 'row'],
] as const)('%s is repeated after 5 min, not at the next time of the schedule', async (_name, failing) => {
  const { rows, time, now, log } = await bench();
  const ran: number[] = [];
  let failures = 1;
  const fail = (): void => {
    if (failures-- > 0) throw new Failure('storage-unavailable', 'no answer');
  };
  const change: typeof rows.change = async (...args) => {
    await rows.change(...args);
    if (failing === 'row') fail();
  };
  const run = async (): Promise<void> => {
    ran.push(time.seconds);
    if (failing === 'run') fail();
  };
  const job = bySchedule({ name: 'job', run }, '0 0 * * * *', { rows: { ...rows, change }, now });
  await expect(job.run(log)).rejects.toThrow('no answer');
  ran.length = 0;
  for (time.seconds = 60; time.seconds <= 3_600; time.seconds += 60) await job.run(log);
  expect(ran).toEqual([300, 3_600]);
});

test('a run that ends unfinished goes on in the next minute, until it ends', async () => {
  const { rows, time, now, log } = await bench();
  const ran: number[] = [];
  const run = async (): Promise<'unfinished' | void> => {
    ran.push(time.seconds);
    if (time.seconds < 3_720) return 'unfinished';
  };
  const start = () => bySchedule({ name: 'job', run }, '0 0 * * * *', { rows, now });
  for (time.seconds = 60; time.seconds <= 7_200; time.seconds += 60) await start().run(log);
  expect(ran).toEqual([3_600, 3_660, 3_720, 7_200]);
});

test('[due] a short delay is a message, a long one a row that the clock sends when it is due', async () => {
  const { rows, time, now, log } = await bench();
  const due = makeDueStore(rows);
  const sent: (Job & { readonly delaySeconds?: number })[] = [];
  const send = async (job: Job, options: { readonly delaySeconds?: number } = {}) =>
    void sent.push({ ...job, ...options });
  const later = makeSendLater({ send, due, now });
  const job = { kind: 'gates', body: { ids: ['g'] } } as const;
  await later('gate g', job, 600);
  expect(sent.splice(0)).toEqual([{ ...job, delaySeconds: 600 }]);
  await later('gate a/b', job, 900);
  await later('gate a/b', job, 1_200);
  expect(sent).toEqual([]);
  time.seconds = 900;
  await sendDue(log, { due, send, now });
  expect(sent).toEqual([]);
  time.seconds = 1_200;
  await sendDue(log, { due, send, now });
  await sendDue(log, { due, send, now });
  expect(sent).toEqual([job]);
});

test('[due] the jobs that are longest due are sent first; those that a run has no time for are sent by the next', async () => {
  const { rows, time, now, log } = await bench();
  const due = makeDueStore(rows);
  const ids = Array.from({ length: 12 }, (_, n) => `g${String(n).padStart(2, '0')}`);
  for (const [n, id] of ids.entries()) {
    const at = new Date(zero - n * 1_000).toISOString();
    await due.arm({ key: `gate ${id}`, at, job: { kind: 'gates', body: { ids: [id] } } });
  }
  const sent: unknown[] = [];
  const send = async ({ body }: Job): Promise<void> => {
    sent.push(...(body as { ids: unknown[] }).ids);
    time.seconds += 5;
  };
  await sendDue(log, { due, send, now });
  expect(sent.length).toBeLessThan(12);
  expect(sent.slice(0, 3)).toEqual(['g11', 'g10', 'g09']);
  await sendDue(log, { due, send, now });
  expect(sent).toHaveLength(12);
  expect(new Set(sent)).toEqual(new Set(ids));
  expect(await due.list()).toEqual([]);
});

test('[duefirst] [rowetag] a row is sent before it is removed, and stays if its job was armed again meanwhile', async () => {
  const { rows, time, now, log, events } = await bench();
  const due = makeDueStore(rows);
  const job = { kind: 'gates', body: { ids: ['g'] } } as const;
  await due.arm({ key: 'gate g', at: now().toISOString(), job });
  await sendDue(log, { due, send: () => Promise.reject(new Failure('storage-unavailable', 'no')), now });
  expect(events).toEqual(['due-job-failed']);
  expect(await due.list()).toHaveLength(1);
  const at = now().toISOString();
  await sendDue(log, { due, send: async () => void (await due.arm({ key: 'gate g', at, job })), now });
  expect(await due.list()).toHaveLength(1);
  time.seconds = 1;
  await sendDue(log, { due, send: () => Promise.resolve(), now });
  expect(await due.list()).toEqual([]);
});
