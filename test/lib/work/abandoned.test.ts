import { expect, test } from 'vitest';
import { Failure } from '../../../src/lib/model/failure.ts';
import { abandonedMessage, readAbandoned } from '../../../src/lib/work/abandoned.ts';
import { messageVersion } from '../../../src/lib/work/envelope.ts';
import { makeWorker } from '../../../src/lib/work/worker.ts';
import type { JobHandlers } from '../../../src/lib/work/worker.ts';

const zero = Date.parse('2026-11-20T10:00:00.000Z');
const hour = 60 * 60_000;
const at = new Date(zero).toISOString();

const run = () => Promise.reject(new Failure('throttled', 'for a day'));

function bench({ abandoned }: { abandoned?: () => Promise<void> } = {}) {
  const time = { ms: zero };
  const lines: object[] = [];
  const sent: { readonly queue: string; readonly message: unknown }[] = [];
  const worker = makeWorker({
    handlers: () => ({ 'tag-update': { run, abandoned } }) as unknown as JobHandlers,
    rawKind: () => 'registry-event',
    send: async (queue, message) => void sent.push({ queue, message }),
    now: () => new Date(time.ms),
    random: () => 0,
  });
  const log = (level: string, event: string, fields?: object) => void lines.push({ level, event, ...fields });
  return { time, lines, sent, process: (message: unknown) => worker.process(message, log, 1) };
}

test.each([
  ['a kind that no version knows', { v: 1, kind: 'typo', body: { id: 'x' } }],
  ['a version that nobody runs any more', { v: 9, kind: 'tag-update', body: { id: 'x' } }],
  ['another envelope', { v: 9, work: [1] }],
])('a message of %s waits a day for a newer worker, then it is abandoned as a whole', async (_name, message) => {
  const { time, lines, sent, process } = bench();
  let next: unknown = message;
  for (time.ms = zero; time.ms < zero + 24 * hour; time.ms += hour) {
    await process(next);
    const [again, ...others] = sent.splice(0);
    expect([again, others]).toEqual([{ queue: 'work', message: { ...message, unreadSince: at } }, []]);
    next = again?.message;
  }
  await process(next);
  expect(sent).toEqual([
    {
      queue: 'abandoned',
      message: {
        v: messageVersion,
        message: { ...message, unreadSince: at },
        code: 'message-malformed',
        reason: expect.stringContaining(`version ${message.v}`),
        at: new Date(time.ms).toISOString(),
      },
    },
  ]);
  expect(lines.at(-1)).toMatchObject({ level: 'error', event: 'abandoned', code: 'message-malformed' });
  // A replay leaves it to a version that knows it.
  expect(readAbandoned(sent[0]?.message)).toBeUndefined();
});

test.each([
  ['in the future', new Date(zero + 48 * hour).toISOString()],
  ['of another shape', 7],
])('a time %s abandons nothing, and begins now', async (_name, unreadSince) => {
  const { sent, process } = bench();
  await process({ v: 1, kind: 'later', unreadSince });
  expect(sent).toEqual([{ queue: 'work', message: { v: 1, kind: 'later', unreadSince: at } }]);
});

test('a version that knows the kind replays the message', () => {
  const message = { v: 1, kind: 'gates', body: { ids: ['g'] }, unreadSince: at };
  expect(readAbandoned({ message, code: 'message-malformed', reason: 'no', at })).toEqual({
    jobs: [{ kind: 'gates', body: { ids: ['g'] } }],
    at,
  });
});

test('a job whose record cannot be written is abandoned too, so it does not circulate', async () => {
  const { lines, sent, process } = bench({
    abandoned: () => Promise.reject(new Failure('row-invalid', 'the record is damaged')),
  });
  const job = { kind: 'tag-update', body: { id: 'x' } } as const;
  const retry = { attempt: 50, since: new Date(zero - 24 * hour).toISOString(), code: 'throttled' };
  await process({ v: 1, ...job, retry });
  const failure = { code: 'throttled', message: 'for a day' };
  expect(sent).toEqual([{ queue: 'abandoned', message: abandonedMessage({ ...job, retry }, failure, new Date(zero)) }]);
  expect(lines).toMatchObject([
    { level: 'error', event: 'abandoned-not-recorded', code: 'row-invalid' },
    { level: 'error', event: 'abandoned', code: 'throttled' },
  ]);
});

test('while storage does not answer, a job is not abandoned: its message comes back', async () => {
  const { sent, process } = bench({ abandoned: () => Promise.reject(new Failure('storage-unavailable', 'no')) });
  const retry = { attempt: 50, since: new Date(zero - 24 * hour).toISOString(), code: 'throttled' };
  await expect(process({ v: 1, kind: 'tag-update', body: { id: 'x' }, retry })).rejects.toThrow('no');
  expect(sent).toEqual([]);
});
