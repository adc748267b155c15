import { expect, test } from 'vitest';
import { runCampaign } from './campaign.ts';

/** The short form of `npm run campaign`. Its patience is for machines that are busy with other tests. */
test(
  'under faults, with killed processes and people who push, every promise is kept',
  { timeout: 400_000 },
  async () => {
    const { violations, trace, numbers } = await runCampaign({
      seed: 5,
      updates: 96,
      branches: 4,
      processes: 3,
      seconds: 6,
      killEverySeconds: 2,
      faultFactor: 1,
      restWithinSeconds: 120,
      say: () => undefined,
    });
    expect(violations, trace.toString()).toEqual([]);
    expect(numbers.get('commits by the app')).toBeGreaterThan(10);
    expect(numbers.get('processes killed')).toBeGreaterThan(1);
  },
);
