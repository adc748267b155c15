import { join } from 'node:path';
import { git } from '../../local/git.ts';
import { commitFiles } from './platform.ts';

/** Makes a bare repository with `api.yaml` on `main`; returns its folder. */
export async function seedGitOps(directory: string): Promise<string> {
  const bare = join(directory, 'gitops.git');
  await git(['init', '--quiet', '--bare', '--initial-branch=main', bare]);
  await commitFiles(bare, { 'api.yaml': 'image: { tag: "1" }\n' }, 'first');
  return bare;
}

export async function tipOf(bare: string): Promise<string> {
  return (await git(['rev-parse', 'main'], bare)).trim();
}
