import { afterAll, beforeAll, describe } from 'vitest';
import { describeCompareAndSwap } from './compare-and-swap.ts';
import type { ContractHost } from './contract-host.ts';
import { describeDelivery } from './delivery.ts';
import { describeFaults } from './faults.ts';
import { describeHistory } from './history.ts';
import { describeLoad } from './load.ts';
import { describePush } from './push.ts';
import { describeRead } from './read.ts';
import { describeTip } from './tip.ts';

const sections = [
  describeTip,
  describeRead,
  describePush,
  describeCompareAndSwap,
  describeFaults,
  describeHistory,
  describeDelivery,
] as const;

/**
 * What every adapter of `GitOpsRepository` does alike.
 *
 * @param more `with-load`: large files and many writers as well, which cost some seconds
 */
export function describeGitOpsRepository(
  name: string,
  start: () => Promise<ContractHost>,
  more: 'with-load' | 'without-load' = 'with-load',
): void {
  describe(`as ${name}`, () => {
    let host: ContractHost;
    beforeAll(async () => {
      host = await start();
    });
    afterAll(() => host.close());
    for (const describeSection of sections) describeSection(() => host);
    if (more === 'with-load') describeLoad(() => host);
  });
}
