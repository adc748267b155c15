import { copyFile, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Plugin } from 'esbuild';

const root = join(import.meta.dirname, '..', '..');

/** Leaves every import where it is; only the ending of our own files changes. */
const leaveImports: Plugin = {
  name: 'leave-imports',
  setup(bundler) {
    bundler.onResolve({ filter: /^\./ }, ({ kind, path }) =>
      kind === 'entry-point' ? undefined : { path: path.replace(/\.ts$/, '.js'), external: true },
    );
  },
};

/**
 * The app as it is without a bundle: each file of `src` turned into JavaScript by itself, its packages found in
 * `node_modules` as Node finds them.
 *
 * @returns the entry point
 */
export async function buildUnbundled(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  await build({
    absWorkingDir: root,
    entryPoints: ['src/**/*.ts'],
    outdir: join(folder, 'src'),
    outbase: 'src',
    bundle: true,
    packages: 'external',
    platform: 'node',
    target: 'node20.19',
    format: 'esm',
    sourcemap: true,
    plugins: [leaveImports],
    logLevel: 'warning',
  });
  await copyFile(join(root, 'package.json'), join(folder, 'package.json'));
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  return join(folder, 'src', 'main.js');
}
