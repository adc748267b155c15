import { expect, test } from 'vitest';
import { Failure } from '../../../src/lib/model/failure.ts';
import type { HeldMessage } from '../../../src/lib/storage/held-messages.ts';
import type { Job } from '../../../src/lib/work/envelope.ts';
import { moveFormerMessages } from '../../../src/lib/work/move-former.ts';

const zero = Date.parse('2026-11-20T10:00:00.000Z');

function bench() {
  const time = { seconds: 0 };
  const lines: object[] = [];
  const sent: string[] = [];
  const alone: string[] = [];
  const removed: string[] = [];
  const released: string[] = [];
  const batches = new Map<string, string[][]>();
  const fill = (queue: string, ...messages: string[][]) => void batches.set(queue, messages);
  const heldOf = (text: string): HeldMessage => ({
    text,
    remove: async () => void removed.push(text),
    release: async () => void released.push(text),
  });
  const failOn = new Map<string, Error>();
  const take =
    (to: string[]) =>
    async ({ body }: Job) => {
      const failure = failOn.get(String(body));
      if (failure) throw failure;
      time.seconds += 2;
      to.push(String(body));
    };
  const run = () =>
    moveFormerMessages((level, event, fields) => void lines.push({ level, event, ...fields }), {
      hold: async (queue) => (batches.get(queue)?.shift() ?? []).map(heldOf),
      send: take(sent),
      worker: { runAlone: take(alone) },
      now: () => new Date(zero + time.seconds * 1_000),
    });
  return { fill, failOn, run, sent, alone, removed, released, lines };
}

test('a message that cannot be moved holds up no other, of its batch or behind it', async () => {
  const { fill, failOn, run, alone, removed, lines } = bench();
  fill('tag-updates-poison', ['a', 'damaged', 'b'], ['c']);
  failOn.set('damaged', new Failure('row-invalid', 'its record is damaged'));
  await run();
  expect(alone).toEqual(['a', 'b', 'c']);
  expect(removed).toEqual(['a', 'b', 'c']);
  const queue = 'tag-updates-poison';
  expect(lines).toEqual([
    { level: 'error', event: 'message-not-moved', queue, code: 'row-invalid', reason: 'its record is damaged' },
    { level: 'info', event: 'messages-moved', queue, messages: 2 },
    { level: 'info', event: 'messages-moved', queue, messages: 1 },
  ]);
});

test('an unexpected error is thrown after the others are moved', async () => {
  const { fill, failOn, run, sent, removed } = bench();
  fill('reports', ['a', 'bug', 'b'], ['c']);
  fill('tag-updates', ['d']);
  failOn.set('bug', new TypeError('a bug'));
  await expect(run()).rejects.toThrow('a bug');
  expect(sent.toSorted()).toEqual(['a', 'b', 'c', 'd']);
  expect(removed.toSorted()).toEqual(['a', 'b', 'c', 'd']);
});

test('a long queue is moved over several runs; the messages that a run has no time for are released', async () => {
  const { fill, run, sent, released, removed } = bench();
  const texts = Array.from({ length: 30 }, (_, n) => `m${n}`);
  fill('registry-events', texts, ['next']);
  await run();
  expect(sent.length).toBeGreaterThan(0);
  expect(released.length).toBeGreaterThan(0);
  expect([...sent, ...released].toSorted()).toEqual(texts.toSorted());
  expect(removed).toEqual(sent);
  await run();
  expect(sent).toContain('next');
});
