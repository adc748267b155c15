import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { notificationFiles } from './src/lib/argocd/notifications/files.ts';

/** Writes `infra/argocd/`, or with `--check` says which of its files are stale. */
const folder = join(import.meta.dirname, 'infra', 'argocd');

for (const [name, text] of Object.entries(notificationFiles())) {
  const file = join(folder, name);
  if (!process.argv.includes('--check')) await writeFile(file, text);
  else if ((await readFile(file, 'utf8').catch(() => '')) !== text) {
    console.error(`infra/argocd/${name} is stale; \`npm run argocd\` writes it anew.`);
    process.exitCode = 1;
  }
}
