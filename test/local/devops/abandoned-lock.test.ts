import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, realpath, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { clearAbandonedLock } from '../../../local/devops/store/abandoned-lock.ts';
import { temporaryDirectory } from './emulator.ts';

/** A folder with a lock of the given age in seconds. */
async function lockOf(age: number): Promise<{ directory: string; lock: string; exists: () => Promise<boolean> }> {
  const directory = await realpath(await temporaryDirectory());
  await mkdir(join(directory, 'refs'));
  const lock = join(directory, 'refs/main.lock');
  await writeFile(lock, '');
  const time = new Date(Date.now() - age * 1000);
  await utimes(lock, time, time);
  return {
    directory,
    lock,
    exists: () =>
      access(lock).then(
        () => true,
        () => false,
      ),
  };
}

test('an old lock goes, a young one stays', async () => {
  const old = await lockOf(60);
  await clearAbandonedLock(old.directory, old.lock);
  expect(await old.exists()).toBe(false);
  const young = await lockOf(0);
  await clearAbandonedLock(young.directory, young.lock);
  expect(await young.exists()).toBe(true);
});

test.each(['.', 'refs'])(
  'an old lock stays while a program works in the folder "%s" of the repository',
  async (folder) => {
    const { directory, lock, exists } = await lockOf(60);
    const program = spawn(process.execPath, ['-e', 'process.stdin.resume()'], {
      cwd: join(directory, folder),
      stdio: 'pipe',
    });
    await once(program, 'spawn');
    await clearAbandonedLock(directory, lock);
    expect(await exists()).toBe(true);
    program.stdin.end();
    await once(program, 'exit');
    await clearAbandonedLock(directory, lock);
    expect(await exists()).toBe(false);
  },
);

test('a lock that is gone is no fault, and a file outside of the repository is not touched', async () => {
  const { directory, lock, exists } = await lockOf(60);
  await clearAbandonedLock(directory, join(directory, 'gone.lock'));
  await expect(clearAbandonedLock(join(directory, 'objects'), lock)).rejects.toThrow(RangeError);
  expect(await exists()).toBe(true);
});
