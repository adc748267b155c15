import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseRepositoryUrl } from '../../lib/net/repository-url.ts';

/** The clone URL and branch of a checkout, from its `.git` folder. */
export async function gitOrigin(checkout: string): Promise<{ readonly repository?: string; readonly branch?: string }> {
  const [config, head] = await Promise.all([
    readOptional(join(checkout, '.git/config')),
    readOptional(join(checkout, '.git/HEAD')),
  ]);
  const url = /^\[remote "origin"\][^[]*?^\s*url\s*=\s*(\S+)/m.exec(config)?.[1];
  const repository = canonicalRepository(url ?? '');
  const branch = /^ref: refs\/heads\/(.+)$/m.exec(head)?.[1];
  return { ...(repository !== undefined && { repository }), ...(branch !== undefined && { branch: branch.trim() }) };
}

/** One form for a clone URL, without the user and token that it may hold; `undefined` where it cannot be used. */
export function canonicalRepository(url: string): string | undefined {
  const ssh = /^(?:ssh:\/\/)?git@(github\.com|gitlab\.com|bitbucket\.org)[:/](.+)$/.exec(url);
  const plain = ssh ? `https://${ssh[1] ?? ''}/${ssh[2] ?? ''}` : url.replace(/^(https?:\/\/)[^/@]*@/, '$1');
  const address = parseRepositoryUrl(plain);
  return 'problem' in address ? undefined : address.url;
}

async function readOptional(path: string): Promise<string> {
  // A checkout may have no `.git` at all (an export) or a file (a worktree): then nothing is known.
  return await readFile(path, 'utf8').catch(() => '');
}
