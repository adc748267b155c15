import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    // Many tests wait for processes and clocks, so one worker would leave a machine of two cores idle.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // A second run of a file starts sooner.
    experimental: { fsModuleCache: true, fsModuleCachePath: '.tmp/test-modules' },
    reporters: ['default', './test/support/summary-reporter.ts'],
  },
});
