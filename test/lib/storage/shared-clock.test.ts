import { expect, onTestFinished, test } from 'vitest';
import { startStorage } from '../../../local/storage/storage.ts';
import { makeSharedClock } from '../../../src/lib/storage/shared-clock.ts';
import { connectTable } from '../../../src/lib/storage/table-client.ts';
import { makeTableRows } from '../../../src/lib/storage/table-rows.ts';
import { makeDueStore } from '../../../src/lib/work/due-store.ts';
import type { Job } from '../../../src/lib/work/envelope.ts';
import { sendDue } from '../../../src/lib/work/send-due.ts';
import { makeSendLater } from '../../../src/lib/work/send-later.ts';
import { shiftClock } from '../../faults/shifted-clock.ts';

const minuteMs = 60_000;
const zero = Date.parse('2026-11-20T10:00:00Z');
const job: Job = { kind: 'effects', body: {} };

/** Storage, and instances whose clocks differ from its own. */
async function bench() {
  const clock = shiftClock();
  onTestFinished(() => clock.restore());
  const storage = await startStorage();
  onTestFinished(() => storage.close());
  const settings = { AzureWebJobsStorage: storage.connectionString };
  const instance = (aheadMs: number) => {
    const corrected: number[] = [];
    const shared = makeSharedClock(
      () => new Date(Date.now() + aheadMs),
      (offsetMs) => corrected.push(Math.round(offsetMs / minuteMs)),
    );
    const due = makeDueStore(makeTableRows(() => connectTable(settings, { clock: shared })));
    const sent: Job[] = [];
    const send = (one: Job): Promise<void> => Promise.resolve(void sent.push(one));
    const sendLater = makeSendLater({ send, due, now: shared.now });
    return {
      corrected,
      due,
      sent,
      /** The first answer corrects the clock. */
      start: () => due.list(),
      planIn: (seconds: number) => sendLater('soak', job, seconds),
      runDue: () => sendDue(() => undefined, { due, send, now: shared.now }),
    };
  };
  return { clock, instance };
}

test.each([
  ['ahead', 'behind', 10],
  ['behind', 'ahead', -10],
])('a job that an instance 10 min %s plans is sent at its time by one 10 min %s', async (_one, _other, minutes) => {
  const { clock, instance } = await bench();
  const [planner, runner] = [instance(minutes * minuteMs), instance(-minutes * minuteMs)];
  // The first write creates the table.
  await planner.due.arm({ key: 'other', at: '2100-01-01T00:00:00Z', job });
  await planner.start();
  await planner.planIn(15 * 60);
  clock.advance(14 * minuteMs);
  await runner.runDue();
  expect(runner.sent).toEqual([]);
  clock.advance(minuteMs + 10_000);
  await runner.runDue();
  expect(runner.sent).toEqual([job]);
  expect(planner.corrected).toEqual([-minutes]);
  expect(runner.corrected).toEqual([minutes]);
});

test('a clock that is set while the instance runs is corrected again', () => {
  let aheadMs = 0;
  const own = (): Date => new Date(zero + aheadMs);
  const shared = makeSharedClock(own);
  const answer = (seconds: number) => ({
    date: new Date(zero + seconds * 1000).toUTCString(),
    status: 200,
    sentAt: own(),
  });
  shared.note(answer(0));
  expect(shared.now()).toEqual(new Date(zero));
  aheadMs = 5 * minuteMs;
  shared.note(answer(0));
  expect(shared.now().getTime()).toBeLessThanOrEqual(zero + 1_000);
  aheadMs = 0;
  shared.note(answer(0));
  expect(shared.now().getTime()).toBeGreaterThanOrEqual(zero);
  expect(shared.now().getTime()).toBeLessThanOrEqual(zero + 1_000);
});

test('a clock that is right is not corrected, however slow an answer is and whatever is between', () => {
  let ms = zero;
  const own = (): Date => new Date(ms);
  const shared = makeSharedClock(own);
  const sentAt = own();
  ms += 40_000;
  shared.note({ date: new Date(zero + 900).toUTCString(), status: 200, sentAt });
  shared.note({ date: new Date(zero + 39_000).toUTCString(), status: 200, sentAt });
  expect(shared.now()).toEqual(own());
  const others = [
    { date: new Date(zero - 60 * minuteMs).toUTCString(), status: 404 },
    { date: null, status: 200 },
    { date: 'yesterday', status: 200 },
  ];
  for (const other of others) shared.note({ ...other, sentAt });
  expect(shared.now()).toEqual(own());
});
