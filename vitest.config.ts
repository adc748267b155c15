import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Files that replace a module, or load an ES module that can be loaded once in a process. */
const isolated = ['test/lib/git/github/lazy.test.ts', 'test/local/host/load.test.ts'];

export default defineConfig({
  test: {
    pool: 'forks',
    // Many tests wait for processes and clocks, so one worker would leave a machine of two cores idle.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // For a test that hangs. Tests that take seconds alone take many times as long beside others on a busy machine.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      // Files of a worker share the modules: loading them for each file takes half of the processor time.
      { extends: true, test: { name: 'shared', include: ['test/**/*.test.ts'], exclude: isolated, isolate: false } },
      { extends: true, test: { name: 'isolated', include: isolated } },
    ],
    // A second run of a file starts sooner.
    experimental: { fsModuleCache: true, fsModuleCachePath: '.tmp/test-modules' },
    reporters: ['default', './test/support/summary-reporter.ts'],
  },
});
