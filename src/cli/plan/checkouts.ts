import { statSync } from 'node:fs';
import { lstat, readFile, readlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { lfsPointer, requireSize } from '../../lib/edit/edit.ts';
import { Failure } from '../../lib/model/failure.ts';
import { parseRepositoryUrl } from '../../lib/net/repository-url.ts';
import { parseCloneUrl } from '../clone-url.ts';
import { splitCheckout } from '../applications/split-checkout.ts';
import { UsageError } from '../command.ts';
import { isKeptByLfs } from './kept-by-lfs.ts';

/** Directories that stand for GitOps repositories. */
export interface Checkouts {
  /** @throws UsageError where no checkout was given for the repository */
  directoryOf(repositoryUrl: string): string;
}

/**
 * Reads `--checkout [REPOSITORY_URL=]DIR …`: one directory without a URL stands for every repository that no other
 * names.
 */
export function readCheckouts(texts: readonly string[], cwd: string, collections: readonly string[]): Checkouts {
  let fallback: string | undefined;
  const byKey = new Map<string, string>();
  for (const text of texts) {
    const { url, directory } = splitCheckout(text);
    const path = resolve(cwd, directory);
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true)
      throw new UsageError(`--checkout ${text}: there is no directory ${path}.`);
    if (url !== undefined) {
      const address = parseCloneUrl(url, collections);
      if ('problem' in address) throw new UsageError(`--checkout ${text}: ${url} ${address.problem}.`);
      byKey.set(address.key, path);
    } else if (fallback === undefined) fallback = path;
    else
      throw new UsageError(
        'Only one --checkout may stand without a repository; expected --checkout REPOSITORY_URL=DIR for the others.',
      );
  }
  return {
    directoryOf(repositoryUrl) {
      const address = parseRepositoryUrl(repositoryUrl, collections);
      const found = 'problem' in address ? undefined : byKey.get(address.key);
      const directory = found ?? fallback;
      if (directory !== undefined) return directory;
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
