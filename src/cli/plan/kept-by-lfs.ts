import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Whether Git LFS keeps a file of a checkout, by its `.gitattributes`: the repository then holds a pointer, and the
 * checkout the content. A directory without Git has no such file.
 */
export async function isKeptByLfs(directory: string, file: string): Promise<boolean> {
  try {
    const { stdout } = await run('git', ['check-attr', '-z', 'filter', '--', file], { cwd: directory });
    return stdout.split('\0')[2] === 'lfs';
  } catch (error) {
    if (isWithoutGit(error)) return false;
    throw error;
  }
}

/** Git is not installed, or refuses: the directory is not a repository, or belongs to another user. */
function isWithoutGit(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  return error.code === 'ENOENT' || error.code === 128;
}
