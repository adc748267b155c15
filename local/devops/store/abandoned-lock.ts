import { readdir, readlink, stat, unlink } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** Git holds the lock of a ref for milliseconds; one of this age (in milliseconds) has outlived its writer. */
const abandonedAfter = 3_000;

/** How long to wait for a lock that may still be in use, in milliseconds. */
const pause = 50;

/**
 * Removes a lock that a killed Git program left behind in the repository; Git itself would refuse every update for
 * ever. A young lock, or one while a program works in the repository, is waited for instead.
 */
export async function clearAbandonedLock(directory: string, lock: string): Promise<void> {
  const inside = relative(directory, lock);
  if (isAbsolute(inside) || inside.startsWith(`..${sep}`)) {
    throw new RangeError(`The lock ${lock} is not in the repository ${directory}`);
  }
  const age = await ageOf(lock);
  if (age === undefined) return;
  if (age < abandonedAfter || (await hasProgramWorkingIn(directory))) {
    await setTimeout(pause);
    return;
  }
  await unlink(lock).catch(ignoreMissing);
}

async function ageOf(path: string): Promise<number | undefined> {
  const found = await stat(path).catch(ignoreMissing);
  return found === undefined ? undefined : Date.now() - found.mtimeMs;
}

/**
 * Whether any process has the repository as working directory, as `git receive-pack` has. Only Linux shows this; elsewhere,
 * and of other users' processes, age alone decides.
 */
async function hasProgramWorkingIn(directory: string): Promise<boolean> {
  const processes = await readdir('/proc').catch(() => []);
  const folders = await Promise.all(
    processes.filter((name) => /^\d+$/.test(name)).map((name) => readlink(join('/proc', name, 'cwd')).catch(() => '')),
  );
  return folders.some((folder) => folder === directory || folder.startsWith(`${directory}${sep}`));
}

function ignoreMissing(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
  throw error;
}
