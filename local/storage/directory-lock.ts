import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The folder is in use by a living process, or by this one. */
export class DirectoryLockedError extends Error {
  override readonly name = 'DirectoryLockedError';
  readonly pid: number;

  constructor(directory: string, pid: number) {
    super(
      `The storage folder ${directory} is in use by process ${pid}. ` +
        `Two processes would overwrite each other's data: end that one, or choose another folder.`,
    );
    this.pid = pid;
  }
}

/**
 * Takes a folder for this process alone, by a file `lock` that holds the process id. The lock of a process that was
 * killed is taken over. Returns what gives the folder back; a living owner is a `DirectoryLockedError`.
 */
export async function lockDirectory(directory: string): Promise<() => Promise<void>> {
  const path = join(directory, 'lock');
  const mine = `${path}.${randomUUID()}`;
  const content = `${process.pid} ${await startOf(process.pid)}\n`;
  await writeFile(mine, content);
  try {
    for (;;) {
      // A link appears with its whole content or not at all, and fails where the name is taken.
      const taken = await link(mine, path).then(
        () => true,
        (error: unknown) => {
          if (isErrno(error, 'EEXIST')) return false;
          throw error;
        },
      );
      if (taken) return () => rm(path, { force: true });
      await removeStale(directory, path);
    }
  } finally {
    await rm(mine, { force: true });
  }
}

async function removeStale(directory: string, path: string): Promise<void> {
  const found = await readFile(path, 'utf8').catch(ignoreMissing);
  if (found === undefined) return;
  const [pid = '', started = ''] = found.trim().split(' ');
  if (await lives(Number(pid), started)) throw new DirectoryLockedError(directory, Number(pid));
  const aside = `${path}.${randomUUID()}`;
  await rename(path, aside).catch(ignoreMissing);
  // Another process may have taken over in between: then what was moved is its lock, and goes back.
  const moved = await readFile(aside, 'utf8').catch(ignoreMissing);
  if (moved !== undefined && moved !== found) await link(aside, path);
  await rm(aside, { force: true });
}

async function lives(pid: number, started: string): Promise<boolean> {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return isErrno(error, 'EPERM');
  }
  return (await startOf(pid)) === started;
}

/**
 * When a process started, in clock ticks since boot (field 22 of `/proc/<pid>/stat`, proc(5)); `-` where the system does
 * not show it. Containers give the same process ids again after every restart, so the id alone proves nothing.
 */
async function startOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The name in the second field may hold spaces and parentheses.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '-';
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

function ignoreMissing(error: unknown): undefined {
  if (!isErrno(error, 'ENOENT')) throw error;
}
