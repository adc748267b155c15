import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Creates a folder and those above it. Node's recursive `mkdir` never ends below a folder such as `/proc`, which exists and
 * answers ENOENT.
 *
 * @throws the error of the system, with the path
 */
export async function makeFolder(path: string): Promise<void> {
  const isThere = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (isThere) return;
  const above = dirname(path);
  if (above !== path) await makeFolder(above);
  await mkdir(path).catch(async (error: unknown) => {
    // Another process can be faster.
    if (!(await stat(path).catch(() => undefined))?.isDirectory()) throw error;
  });
}
