import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startStage } from '../../../bench/delivery/stage.ts';
import { seedServices, serviceName } from '../../../local/seed/services.ts';
import { buildIfChanged } from '../../../tools/build-if-changed.ts';
import { root } from '../../support/platform.ts';

const services = 40;
const roundsAfterFirst = 3;
const megabyte = 1024 * 1024;
/** Code that runs often is compiled again meanwhile, and bounded caches fill. */
const mostKept = 5 * megabyte;

test('a process keeps no memory of the updates that it has delivered', { timeout: 300_000 }, async () => {
  await buildIfChanged(join(root, 'dist'));
  const folder = await mkdtemp(join(tmpdir(), 'tagrelay-memory-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const bare = join(folder, 'gitops.git');
  await seedServices(bare, services);
  const stage = await startStage(bare, 1, 'often');
  onTestFinished(stage.close);
  const deliverAll = async (tag: number): Promise<void> => {
    const ended = stage.ended(services);
    await Promise.all(Array.from({ length: services }, (_, index) => stage.push(serviceName(index), String(tag))));
    await ended;
  };
  await deliverAll(1);
  const first = await stage.liveHeap();
  for (let round = 1; round <= roundsAfterFirst; round += 1) await deliverAll(1 + round);
  const last = await stage.liveHeap();
  expect(last - first).toBeLessThan(mostKept);
  expect(last).toBeLessThan(80 * megabyte);
});
