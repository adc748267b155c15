import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Writes an app into a folder of its own, lets a test use it, and removes it. Files not given are the simplest ones. */
export async function withApp<T>(
  files: Readonly<Record<string, string>>,
  use: (root: string) => Promise<T>,
): Promise<T> {
  const root = await mkdtemp(join(tmpdir(), 'tagrelay-app-'));
  try {
    await symlink(join(import.meta.dirname, '../../../node_modules'), join(root, 'node_modules'));
    const all = { 'host.json': '{ "version": "2.0" }', 'package.json': '{ "main": "main.js" }', ...files };
    for (const [path, content] of Object.entries(all)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), content);
    }
    return await use(root);
  } finally {
    await rm(root, { recursive: true });
  }
}
