import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startCrowdedStage } from '../../bench/crowding/stage.ts';
import { buildIfChanged } from '../../tools/build-if-changed.ts';
import { root } from '../support/platform.ts';

test('a Git host that hangs holds a third of an instance once it is silent; updates, results and gates of another host pass', async () => {
  await buildIfChanged(join(root, 'dist'));
  const folder = await mkdtemp(join(tmpdir(), 'tagrelay-crowding-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const stage = await startCrowdedStage(folder, { services: 200, probes: 2 });
  onTestFinished(stage.close);
  await stage.probe();
  stage.hang();
  await stage.pushServices(200, '1');
  const { other, result, gate } = await stage.probe();
  // Every place is taken until the host is known to be silent. Without its share that lasts until the time limit of 25 s.
  expect(Math.max(other, result, gate)).toBeLessThan(12_000);
}, 120_000);
