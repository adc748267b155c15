import { statSync } from 'node:fs';
import { lstat, readFile, readlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { lfsPointer, requireSize } from '../../lib/edit/edit.ts';
import { Failure } from '../../lib/model/failure.ts';
import { parseCloneUrl } from '../clone-url.ts';
import { splitCheckout } from '../applications/split-checkout.ts';
import { UsageError } from '../command.ts';
import { isKeptByLfs } from './kept-by-lfs.ts';
import { gitOrigin } from '../git-origin.ts';

/** Directories that stand for GitOps repositories. */
export interface Checkouts {
  /** @throws UsageError where no checkout was given for the repository */
  directoryOf(repositoryUrl: string, branch?: string): string;
}

interface Directory {
  readonly path: string;
  /** The key of the repository, if known. */
  readonly key?: string;
  /** The branch that is checked out, if known. */
  readonly branch?: string;
}

/**
 * Reads `--checkout [REPOSITORY_URL=]DIR …`: a repository can have a directory for each branch. One directory without a
 * URL stands for every repository that no other names; several need their remote `origin`.
 */
export async function readCheckouts(
  texts: readonly string[],
  cwd: string,
  collections: readonly string[],
): Promise<Checkouts> {
  const named: Directory[] = [];
  const unnamed: Directory[] = [];
  for (const text of texts) {
    const { url, directory } = splitCheckout(text);
    const path = resolve(cwd, directory);
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true)
      throw new UsageError(`checkout ${text}: there is no directory ${path}.`);
    const origin = await gitOrigin(path);
    const address = parseCloneUrl(url ?? origin.repository ?? '', collections);
    if (url !== undefined && 'problem' in address) throw new UsageError(`checkout ${text}: ${url} ${address.problem}.`);
    const found = {
      path,
      ...('key' in address && { key: address.key }),
      ...(origin.branch !== undefined && { branch: origin.branch }),
    };
    (url === undefined ? unnamed : named).push(found);
  }
  const unknown = unnamed.filter(({ key }) => key === undefined);
  if (unknown.length > 1)
    throw new UsageError(
      'Only one checkout may stand without a repository; expected REPOSITORY_URL=DIR for the others.',
    );
  const fallback = unnamed.length === 1 ? unnamed[0] : unknown[0];
  return {
    directoryOf(repositoryUrl, branch) {
      const address = parseCloneUrl(repositoryUrl, collections);
      const own = 'problem' in address ? [] : [...named, ...unnamed].filter(({ key }) => key === address.key);
      const found = own.find((one) => one.branch === branch) ?? own[0] ?? fallback;
      if (found) return found.path;
      throw new UsageError(`No checkout was given for ${repositoryUrl}; expected --checkout ${repositoryUrl}=DIR.`);
    },
  };
}

/**
 * Reads a file of a checkout as Git holds it: a symbolic link is its path, and there is nothing behind a linked folder.
 * `undefined` where the file does not exist.
 *
 * @throws Failure `file-too-large` before such a file is read, `not-yaml` for a file of Git LFS, `file-not-found` where the
 * path is not a file
 */
export async function readCheckoutFile(directory: string, file: string): Promise<Uint8Array | undefined> {
  const path = join(directory, file);
  try {
    if (await isBehindLink(directory, file)) return undefined;
    const stats = await lstat(path);
    if (stats.isSymbolicLink()) return Buffer.from(await readlink(path));
    requireSize(file, stats.size);
    const bytes = await readFile(path);
    if (await isKeptByLfs(directory, file)) throw lfsPointer(file);
    return bytes;
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    if (code === undefined) throw error;
    throw new Failure('file-not-found', `${path} cannot be read (${code}).`, { place: { file }, cause: error });
  }
}

async function isBehindLink(directory: string, file: string): Promise<boolean> {
  const folders = file.split('/').slice(0, -1);
  for (const index of folders.keys()) {
    if ((await lstat(join(directory, ...folders.slice(0, index + 1)))).isSymbolicLink()) return true;
  }
  return false;
}

/** Writes a file back, with the bytes that `decode` would read. */
export async function writeCheckoutFile(directory: string, file: string, text: string): Promise<void> {
  await writeFile(join(directory, file), new TextEncoder().encode(text));
}

function errorCode(error: unknown): string | undefined {
  if (error instanceof Failure || typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
