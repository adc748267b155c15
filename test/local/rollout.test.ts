import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startRollout } from '../../bench/rollout/stage.ts';
import { buildIfChanged } from '../../tools/build-if-changed.ts';
import { root } from '../support/platform.ts';

test('a commit refreshes the application that it concerns, where a service hook refreshes every application of the repository', async () => {
  await buildIfChanged(join(root, 'dist'));
  const folder = await mkdtemp(join(tmpdir(), 'tagrelay-rollout-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const counts = await Promise.all(
    (['refresh', 'hook'] as const).map(async (way) => {
      const rollout = await startRollout({ folder, applications: 30, way, pollMs: 600_000 });
      onTestFinished(rollout.close);
      await rollout.run(15, '1');
      return { commits: await rollout.commits(), refreshes: rollout.refreshes() };
    }),
  );
  expect(counts).toEqual([
    { commits: 1, refreshes: 1 },
    { commits: 1, refreshes: 30 },
  ]);
}, 120_000);
