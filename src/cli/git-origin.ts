import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseCloneUrl } from './clone-url.ts';

/** The clone URL and branch of a checkout, from its `.git` folder, or that of its worktree. */
export async function gitOrigin(checkout: string): Promise<{ readonly repository?: string; readonly branch?: string }> {
  const worktree = /^gitdir: (.+)$/m.exec(await readOptional(join(checkout, '.git')))?.[1]?.trim();
  const own = worktree === undefined ? join(checkout, '.git') : resolve(checkout, worktree);
  const common = (await readOptional(join(own, 'commondir'))).trim();
  const [config, head] = await Promise.all([
    readOptional(join(resolve(own, common), 'config')),
    readOptional(join(own, 'HEAD')),
  ]);
  const url = /^\[remote "origin"\][^[]*?^\s*url\s*=\s*(\S+)/m.exec(config)?.[1];
  const repository = canonicalRepository(url ?? '');
  const branch = /^ref: refs\/heads\/(.+)$/m.exec(head)?.[1];
  return { ...(repository !== undefined && { repository }), ...(branch !== undefined && { branch: branch.trim() }) };
}

/** One form for a clone URL, without the user and token that it may hold; `undefined` where it cannot be used. */
export function canonicalRepository(url: string): string | undefined {
  const address = parseCloneUrl(url);
  return 'problem' in address ? undefined : address.url;
}

async function readOptional(path: string): Promise<string> {
  // A checkout may have no `.git` at all (an export), or a folder: then the file has nothing.
  return await readFile(path, 'utf8').catch(() => '');
}
