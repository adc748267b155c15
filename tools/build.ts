import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { BuildOptions, Plugin } from 'esbuild';
import { buildPage } from './build-page.ts';
import { ownSourceMap } from './own-source-map.ts';

const root = join(import.meta.dirname, '..');

const options = {
  absWorkingDir: root,
  write: false,
  metafile: true,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  // The text of the sources is left out of the map: it says file and line, and is not deployed twice.
  sourcemap: true,
  sourcesContent: false,
  // Names stay as they are, so that a stack trace can be read without the map.
  minifySyntax: true,
  minifyWhitespace: true,
  external: ['@azure/functions-core'],
  // The same code, without asking the environment at every token: a tenth of the time of a parse.
  alias: { yaml: './node_modules/yaml/browser/index.js' },
  // Some SDKs ask where they are, which CommonJS says in another way.
  define: { 'import.meta.url': 'importMetaUrl' },
  banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
  logLevel: 'warning',
} as const satisfies BuildOptions;

/**
 * Bundles the Functions app and the command line into `dist/`, and what they `import()` into files beside them, which are
 * read only when they are needed: compiling SDKs that no path has asked for was half of a cold start.
 *
 * The bundles are CommonJS: the Functions worker offers `@azure/functions-core` only to CommonJS `require`, so it stays
 * external. `dist/package.json` says so to Node, because the package itself is ESM. Every file is replaced by a rename,
 * so that a build beside a running app never shows it half a file.
 *
 * Returns the files that went into the bundles, relative to the project.
 */
export async function buildApp(outDirectory: string): Promise<readonly string[]> {
  const lazy = new Map<string, string>();
  const entryPoints = { app: 'src/main.ts', cli: 'src/cli/cli.ts' };
  const bundles = await build({
    ...options,
    outdir: outDirectory,
    entryPoints,
    plugins: [lazyFiles(lazy), withoutLanguages],
  });
  const lazyBundles = await build({
    ...options,
    outdir: outDirectory,
    entryPoints: Object.fromEntries(lazy),
    sourcemap: false,
    minifyIdentifiers: true,
    // `@azure/identity` says by the names of its classes what it tried.
    keepNames: true,
  });
  for (const { entryPoint, inputs } of Object.values(lazyBundles.metafile.outputs)) {
    const shared = Object.keys(inputs).find((path) => path.startsWith('src/') && path !== entryPoint);
    // A class of ours would be there twice.
    if (shared !== undefined)
      throw new Error(`${entryPoint} is imported lazily: it may export packages, not ${shared}`);
  }
  await mkdir(outDirectory, { recursive: true });
  const files = [
    ...[...lazyBundles.outputFiles, ...bundles.outputFiles].map(({ path, contents, text }) => ({
      name: basename(path),
      contents: path.endsWith('.map') ? ownSourceMap(text) : contents,
    })),
    { name: 'page.json', contents: await buildPage() },
    { name: 'package.json', contents: '{ "type": "commonjs" }\n' },
    // The worker loads it by `import()`, which reads CommonJS twice: once only for the names of its exports.
    { name: 'main.js', contents: "require('./app.js');\n" },
  ];
  for (const { name, contents } of files) {
    const temporary = join(outDirectory, `.${name}.${process.pid}`);
    await writeFile(temporary, contents, { mode: name === 'cli.js' ? 0o755 : 0o644 });
    await rename(temporary, join(outDirectory, name));
  }
  await removeOthers(outDirectory, new Set(files.map(({ name }) => name)));
  return [bundles, lazyBundles].flatMap(({ metafile }) => Object.keys(metafile.inputs));
}

/** What an earlier build left would be deployed with this one. */
async function removeOthers(directory: string, names: ReadonlySet<string>): Promise<void> {
  const left = (await readdir(directory)).filter((name) => /^[^.].*\.js(?:\.map)?$/.test(name) && !names.has(name));
  await Promise.all(left.map((name) => rm(join(directory, name), { force: true })));
}

/** Leaves what our own files import lazily outside the bundle, and notes it by name. */
function lazyFiles(found: Map<string, string>): Plugin {
  return {
    name: 'lazy-files',
    setup(bundler) {
      bundler.onResolve({ filter: /^\..*\.ts$/ }, ({ kind, path, resolveDir }) => {
        if (kind !== 'dynamic-import') return undefined;
        const name = basename(path, '.ts');
        const file = relative(root, join(resolveDir, path));
        const other = found.get(name);
        if (other !== undefined && other !== file) throw new Error(`${other} and ${file} would both become ${name}.js`);
        found.set(name, file);
        return { path: `./${name}.js`, external: true };
      });
      bundler.onResolve({ filter: /^[^.]/ }, ({ kind, path, importer }) => {
        const file = relative(root, importer);
        if (kind !== 'dynamic-import' || !file.startsWith('src') || path.startsWith('node:')) return undefined;
        throw new Error(`${file} imports ${path} lazily: import a file that exports what is needed of it`);
      });
    },
  };
}

/** `zod` brings its messages in fifty languages, of which it uses English, by a path of its own. */
const withoutLanguages: Plugin = {
  name: 'without-languages',
  setup(bundler) {
    bundler.onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: 'export {};',
      loader: 'js',
    }));
  },
};

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildApp(join(root, 'dist'));
