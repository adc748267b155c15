import { expect, test } from 'vitest';
import { inTurn } from '../../../src/lib/async/in-turn.ts';
import { longestDelay } from '../../support/longest-delay.ts';

/** Takes processor time, which a busy machine gives late. */
function work(milliseconds: number): void {
  const start = process.cpuUsage();
  for (;;) {
    const { user, system } = process.cpuUsage(start);
    if ((user + system) / 1000 >= milliseconds) return;
  }
}

test('other work goes between the pieces', async () => {
  const pieces = Array.from({ length: 10 }, () => () => work(60));
  expect(await longestDelay(() => Promise.all(pieces.map(inTurn)))).toBeLessThan(250);
  expect(await longestDelay(() => Promise.resolve(pieces.forEach((run) => run())))).toBeGreaterThan(250);
});

test('a piece that fails fails alone, and the pieces keep their order', async () => {
  const order: number[] = [];
  const results = await Promise.allSettled(
    [1, 2, 3].map((piece) =>
      inTurn(() => {
        order.push(piece);
        if (piece === 2) throw new Error('broken');
        return piece;
      }),
    ),
  );
  expect(order).toEqual([1, 2, 3]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});
