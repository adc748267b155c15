import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startCrowdedStage } from '../../bench/crowding/stage.ts';
import { buildApp } from '../../tools/build.ts';
import { root } from '../support/platform.ts';

test('a Git host that hangs holds a third of an instance; updates, results and gates of another host pass', async () => {
  await buildApp(join(root, 'dist'));
  const folder = await mkdtemp(join(tmpdir(), 'tagrelay-crowding-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const stage = await startCrowdedStage(folder, { services: 200, probes: 2 });
  onTestFinished(stage.close);
  await stage.probe();
  stage.hang();
  await stage.pushServices(200, '1');
  const { other, result, gate } = await stage.probe();
  // The requests of the host that hangs have a time limit of 25 s. A busy machine needs less than half of it.
  expect(Math.max(other, result, gate)).toBeLessThan(12_000);
  expect(stage.count('routed')).toBeGreaterThan(30);
  expect(stage.count('routed')).toBeLessThanOrEqual(42);
}, 120_000);
