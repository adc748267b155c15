import { statSync } from 'node:fs';
import { readFile, realpath, writeFile } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { Failure } from '../../lib/model/failure.ts';
import { parseRepositoryUrl } from '../../lib/net/repository-url.ts';
import { parseCloneUrl } from '../clone-url.ts';
import { splitCheckout } from '../applications/split-checkout.ts';
import { UsageError } from '../command.ts';

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
 * Reads a file of a checkout; `undefined` where it does not exist.
 *
 * @throws Failure `file-not-found` where the path leaves the checkout or is not a file
 */
export async function readCheckoutFile(directory: string, file: string): Promise<Uint8Array | undefined> {
  const path = join(directory, file);
  try {
    const [root, target] = await Promise.all([realpath(directory), realpath(path)]);
    const inside = relative(root, target);
    if (inside.startsWith('..') || isAbsolute(inside)) {
      throw new Failure('file-not-found', `${file} is a link that leads out of the checkout ${directory}.`, {
        place: { file },
      });
    }
    return await readFile(target);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT') return undefined;
    if (code === undefined) throw error;
    throw new Failure('file-not-found', `${path} cannot be read (${code}).`, { place: { file }, cause: error });
  }
}

/** Writes a file back, with the bytes that `decode` would read. */
export async function writeCheckoutFile(directory: string, file: string, text: string): Promise<void> {
  await writeFile(join(directory, file), new TextEncoder().encode(text));
}

function errorCode(error: unknown): string | undefined {
  if (error instanceof Failure || typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
