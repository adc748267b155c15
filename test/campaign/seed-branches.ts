import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { git } from '../../local/git.ts';
import { firstValue } from './scenario.ts';
import { chainEnvironments, fileOf, firstChainValue, renderChainFile } from './chain/routes.ts';
import { filePaths, renderFile, slots } from './slots.ts';

/** Makes a bare repository whose branches all begin with the same commit. */
export async function seedBranches(bare: string, branches: readonly string[]): Promise<void> {
  const values = new Map(slots.map(({ name, kind }) => [name, firstValue(kind)]));
  const work = await mkdtemp(join(tmpdir(), 'tagrelay-seed-'));
  try {
    await git(['init', '--quiet', '--initial-branch=main', work]);
    const files = [
      ...filePaths.map((path) => [path, renderFile(path, values)] as const),
      ...chainEnvironments.map((environment) => [fileOf(environment), renderChainFile(firstChainValue)] as const),
    ];
    for (const [path, text] of files) {
      await mkdir(dirname(join(work, path)), { recursive: true });
      await writeFile(join(work, path), text);
    }
    await git(['add', '--all'], work);
    await git(
      ['-c', 'user.name=Ada', '-c', 'user.email=ada@contoso.example', 'commit', '--quiet', '--message', 'first'],
      work,
    );
    await git(['clone', '--quiet', '--bare', work, bare]);
    const first = (await git(['rev-parse', 'main'], bare)).trim();
    for (const branch of branches) await git(['update-ref', `refs/heads/${branch}`, first], bare);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
