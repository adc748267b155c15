import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { root } from '../../support/platform.ts';

const megabyte = 1024 * 1024;

test('the peak memory of a child process is its own, not that of the parent at the fork', async () => {
  const held = Buffer.alloc(300 * megabyte, 1);
  const module = join(root, 'local', 'scale', 'peak-memory.ts');
  const script = `import(${JSON.stringify(module)}).then(({ peakMemory }) => process.send(peakMemory()))`;
  const child = fork('-e', [script], { execArgv: ['--import', 'tsx'] });
  onTestFinished(() => void child.kill());
  const [bytes] = (await once(child, 'message')) as [number];
  expect(held.length).toBe(300 * megabyte);
  expect(bytes).toBeGreaterThan(20 * megabyte);
  expect(bytes).toBeLessThan(200 * megabyte);
});
