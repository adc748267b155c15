import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Runs the `git` program and gives what it printed; what it says on failure stays in the error. */
export async function git(args: readonly string[], cwd?: string): Promise<string> {
  const { stdout } = await run('git', args, { ...(cwd === undefined ? {} : { cwd }), maxBuffer: 64 * 1024 * 1024 });
  return stdout;
}

/** Makes a bare repository whose branch `main` holds the files of a folder, as one commit. */
export async function seedRepository(files: string, bareDirectory: string): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'tagrelay-seed-'));
  try {
    await cp(files, work, { recursive: true });
    await git(['init', '--quiet', '--initial-branch=main'], work);
    await git(['add', '--all'], work);
    const identity = [
      '-c',
      'user.name=Platform Team',
      '-c',
      'user.email=platform@contoso.example',
      '-c',
      'commit.gpgsign=false',
    ];
    await git([...identity, 'commit', '--quiet', '--no-verify', '--message', 'The apps as they are'], work);
    await git(['clone', '--quiet', '--bare', work, bareDirectory]);
    await git(['remote', 'remove', 'origin'], bareDirectory);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The change that a commit made, without headers: `-U2` and plain text. */
export async function commitDiff(bareDirectory: string, commit: string): Promise<string> {
  return git(['show', '--no-color', '--no-ext-diff', '--format=', '-U2', commit], bareDirectory);
}
