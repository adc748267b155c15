import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const folder = join(import.meta.dirname, '..', 'ui');

/** The files of the page as one JSON text, by name. The script is a bundle of `ui/main.ts`. */
export async function buildPage(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: { app: join(folder, 'main.ts'), style: join(folder, 'style.css') },
    outdir: folder,
    write: false,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    minify: true,
    legalComments: 'none',
    logLevel: 'warning',
  });
  const [script, style] = ['app.js', 'style.css'].map(
    (name) => outputFiles.find(({ path }) => path.endsWith(name))?.text ?? '',
  );
  const [page, icon] = await Promise.all(
    ['index.html', 'icon.svg'].map((name) => readFile(join(folder, name), 'utf8')),
  );
  return JSON.stringify({ 'index.html': page, 'app.js': script, 'style.css': style, 'icon.svg': icon });
}
