import { expect, test } from 'vitest';
import { runCampaign } from './campaign.ts';

const usual = [['each process runs every function', { updates: 96, branches: 4, processes: 3 }]] as const;
const others = [
  ['each process runs one function group', { updates: 36, branches: 3, processes: 2, scale: 'flex' }],
] as const;

/**
 * The short forms of `npm run campaign`. Their patience is for machines that are busy with other tests. `FAULT_STEP=1` plays
 * both.
 */
test.each([...usual, ...(process.env['FAULT_STEP'] === '1' ? others : [])])(
  'under faults, with killed processes and people who push, every promise is kept: %s',
  { timeout: 400_000 },
  async (_name, size) => {
    const { violations, trace, numbers } = await runCampaign({
      ...size,
      seed: 5,
      seconds: 6,
      killEverySeconds: 2,
      faultFactor: 1,
      restWithinSeconds: 300,
      say: () => undefined,
    });
    expect(violations, trace.toString()).toEqual([]);
    expect(numbers.get('commits by the app')).toBeGreaterThan(10);
    expect(numbers.get('processes killed')).toBeGreaterThan(1);
    expect(numbers.get('promotions committed')).toBeGreaterThan(1);
    expect(numbers.get('rollbacks committed')).toBeGreaterThan(0);
  },
);
