import { expect, test } from 'vitest';
import { simulate } from './simulate.ts';

/** The short form of `npm run simulate`. */
test(
  'a fleet lives for a day with people, failures and dying processes, and every promise is kept',
  { timeout: 300_000 },
  async () => {
    const { violations, timelineOf, numbers } = await simulate({ seed: 1, weeks: 1, busyDays: 0.8 });
    const [first] = violations;
    expect(violations, first && timelineOf(first).join('\n')).toEqual([]);
    expect(numbers.get('commits')).toBeGreaterThan(10);
  },
);
