import { setImmediate } from 'node:timers/promises';
import pLimit from 'p-limit';

const limited = pLimit(1);

/**
 * Runs work that keeps the event loop, one piece at a time in this process. Before each piece, other work goes first:
 * webhooks are answered between the pieces.
 */
export function inTurn<Result>(run: () => Result | Promise<Result>): Promise<Result> {
  return limited(async () => {
    await setImmediate();
    return run();
  });
}
