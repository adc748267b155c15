import { expect, test } from 'vitest';
import { AnswerCache } from '../../../src/lib/async/answer-cache.ts';
import { atMost } from '../../../src/lib/async/at-most.ts';

/** Counts how often each question is asked. */
function counted<T>(answer: (question: string) => Promise<T>) {
  const asked: string[] = [];
  return {
    asked,
    ask: (question: string) => () => {
      asked.push(question);
      return answer(question);
    },
  };
}

test('concurrent and later calls share one answer; the one used longest ago is dropped first', async () => {
  const cache = new AnswerCache<string>({ max: 2 });
  const { asked, ask } = counted((question) => Promise.resolve(question.toUpperCase()));
  const get = (question: string) => cache.get(question, ask(question));
  expect(await Promise.all([get('a'), get('a'), get('b')])).toEqual(['A', 'A', 'B']);
  await get('a');
  await get('c');
  expect(asked).toEqual(['a', 'b', 'c']);
  await get('a');
  await get('b');
  expect(asked).toEqual(['a', 'b', 'c', 'b']);
});

test('an answer is kept for its time, by the clock that is given', async () => {
  let now = new Date('2026-11-20T10:00:00Z');
  const cache = new AnswerCache<number>({ max: 10, ttlMs: 5_000, now: () => now });
  const { asked, ask } = counted(() => Promise.resolve(1));
  await cache.get('a', ask('a'));
  now = new Date('2026-11-20T10:00:04Z');
  await cache.get('a', ask('a'));
  expect(asked).toHaveLength(1);
  now = new Date('2026-11-20T10:00:06Z');
  await cache.get('a', ask('a'));
  expect(asked).toHaveLength(2);
});

test('failures and unwanted answers are asked for again, unless failures are kept', async () => {
  const { asked, ask } = counted((question) =>
    question === 'fails' ? Promise.reject(new Error('down')) : Promise.resolve(undefined),
  );
  const cache = new AnswerCache<undefined>({ max: 10, isKept: (answer) => answer !== undefined });
  for (const question of ['fails', 'fails', 'missing', 'missing']) {
    await cache.get(question, ask(question)).catch(() => undefined);
  }
  expect(asked).toEqual(['fails', 'fails', 'missing', 'missing']);
  const keeping = new AnswerCache<undefined>({ max: 10, keepsFailures: true });
  await expect(keeping.get('fails', ask('fails'))).rejects.toThrow('down');
  await expect(keeping.get('fails', ask('fails'))).rejects.toThrow('down');
  expect(asked).toHaveLength(5);
});

test('at most so many runs at a time, results in the order of the items', async () => {
  let running = 0;
  let most = 0;
  const results = await atMost(3, [5, 1, 4, 2, 3, 0], async (item) => {
    running += 1;
    most = Math.max(most, running);
    for (let turns = 0; turns < item; turns += 1) await Promise.resolve();
    running -= 1;
    return item * 2;
  });
  expect(results).toEqual([10, 2, 8, 4, 6, 0]);
  expect(most).toBe(3);
});
