import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { licenseFiles } from '../licenses.ts';
import { argoCdFiles } from './argocd.ts';
import { queueFiles } from './queues.ts';
import { routesFiles } from './routes.ts';

const root = join(import.meta.dirname, '../..');
const isCheck = process.argv.includes('--check');

/**
 * `npm run generate` writes every file that is made from the code. With `-- --check` it writes nothing, and fails where a
 * file on disk differs.
 */
const files: Readonly<Record<string, string>> = {
  ...routesFiles(),
  ...argoCdFiles(),
  ...queueFiles(),
  ...(await licenseFiles()),
};

for (const [name, text] of Object.entries(files)) {
  const file = join(root, name);
  const current = await readFile(file, 'utf8').catch(() => undefined);
  if (current === text) continue;
  if (isCheck) {
    console.error(`${name} is stale. Run \`npm run generate\`.`);
    process.exitCode = 1;
  } else {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    console.log(`${name} written`);
  }
}
