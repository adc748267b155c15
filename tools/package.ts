import { cp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import packageJson from '../package.json' with { type: 'json' };

const root = join(import.meta.dirname, '..');

/** azd zips the folder without this file. It refuses `remoteBuild: false` where the file excludes `node_modules`. */
const funcIgnore = '.funcignore\n';

/**
 * Writes the deployed folder from the built `dist/`: azd zips it, the container image copies it. Its `package.json` has no
 * scripts and no dependencies, so a remote build has nothing to do.
 */
export async function makePackage(folder: string, dist: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, 'dist'), { recursive: true });
  for (const name of await readdir(dist)) {
    if (/^(?!cli\.|\.).*\.(?:js|json|map)$/.test(name)) await cp(join(dist, name), join(folder, 'dist', name));
  }
  for (const name of ['host.json', 'LICENSE', 'THIRD_PARTY_LICENSES']) await cp(join(root, name), join(folder, name));
  const { name, version, license, type, main, engines } = packageJson;
  const manifest = { name, version, private: true, license, type, main, engines };
  await writeFile(join(folder, '.funcignore'), funcIgnore);
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const dist = join(root, 'dist');
  await readFile(join(dist, 'main.js')).catch((cause: unknown) => {
    throw new Error('dist/main.js is missing; `npm run build` makes it.', { cause });
  });
  await makePackage(join(dist, 'package'), dist);
}
