import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Runs the `git` program and returns its output; on failure the error has its message. */
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
    await git([...identity, 'commit', '--quiet', '--no-verify', '--message', 'The current apps'], work);
    await git(['clone', '--quiet', '--bare', work, bareDirectory]);
    await git(['remote', 'remove', 'origin'], bareDirectory);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/**
 * Copies a checkout into a bare repository: its branches, those of its remote `origin` where it has no own, and where it
 * is not a Git repository, its files as one commit. Uncommitted files are left out.
 */
export async function copyCheckout(checkout: string, bareDirectory: string): Promise<void> {
  const isRepository = await git(['rev-parse', '--verify', '--quiet', 'HEAD'], checkout).then(
    () => true,
    () => false,
  );
  if (!isRepository) return seedRepository(checkout, bareDirectory);
  await git(['clone', '--quiet', '--bare', checkout, bareDirectory]);
  const branches = new Set(
    (await git(['for-each-ref', '--format=%(refname:short)', 'refs/heads'], bareDirectory)).split('\n'),
  );
  const remotes = (await git(['for-each-ref', '--format=%(refname:lstrip=3)', 'refs/remotes/origin'], checkout)).split(
    '\n',
  );
  for (const branch of remotes) {
    if (branch === '' || branch === 'HEAD' || branches.has(branch)) continue;
    await git(['fetch', '--quiet', 'origin', `refs/remotes/origin/${branch}:refs/heads/${branch}`], bareDirectory);
  }
  await git(['remote', 'remove', 'origin'], bareDirectory);
}

/** Makes the branches that a copy lacks, at its current commit. */
export async function addBranches(bareDirectory: string, branches: readonly string[]): Promise<void> {
  const known = (await git(['for-each-ref', '--format=%(refname:short)', 'refs/heads'], bareDirectory)).split('\n');
  for (const branch of new Set(branches.filter((one) => !known.includes(one))))
    await git(['branch', branch, 'HEAD'], bareDirectory);
}

/** The change that a commit made, without headers: `-U2` and plain text. */
export async function commitDiff(bareDirectory: string, commit: string): Promise<string> {
  return git(['show', '--no-color', '--no-ext-diff', '--format=', '-U2', commit], bareDirectory);
}
