import { readFile, readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import picomatch from 'picomatch';
import { z } from 'zod';
import type { AppRegistry } from './app-registry.ts';
import { provideCoreModule } from './core-module.ts';
import { HostError } from './host-error.ts';

const require = createRequire(import.meta.url);
const packageSchema = z.object({ main: z.string().min(1) });
const loaded: { readonly files: readonly string[]; readonly before: ReadonlySet<string> }[] = [];
let loads = 0;
let last: Promise<unknown> = Promise.resolve();

/**
 * Loads the files that `main` in `package.json` names (a path or a glob), with `require` or `import` by their kind, so that
 * they register with `registry`. Rejects with what the app throws.
 *
 * CommonJS modules of an app that was loaded before run again. ES modules cannot be unloaded: of them only the entry points
 * run again, and one that imports the library instead of bundling it can be loaded once in a process.
 */
export function loadApp(root: string, registry: AppRegistry): Promise<void> {
  // One at a time: the registry that a module finds is the process's latest.
  const load = last.then(() => loadNow(root, registry));
  last = load.catch(() => undefined);
  return load;
}

async function loadNow(root: string, registry: AppRegistry): Promise<void> {
  const files = await entryPoints(root);
  for (const app of loaded.splice(0)) {
    for (const file of app.files) forgetTree(file, app.before);
  }
  // A copy of the library that was loaded outside a host has already found that it has none.
  forget((path) => path.includes(`${sep}node_modules${sep}@azure${sep}functions${sep}`));
  const before = new Set(Object.keys(require.cache));
  loaded.push({ files, before });
  provideCoreModule(registry);
  loads += 1;
  try {
    for (const file of files) {
      if (await isEsModule(file)) await import(`${pathToFileURL(file).href}?load=${loads}`);
      else require(file);
    }
  } catch (error) {
    forget((path) => !before.has(path));
    throw error;
  }
}

function forget(which: (path: string) => boolean): void {
  for (const path of Object.keys(require.cache)) if (which(path)) delete require.cache[path];
}

/** Forgets a module and what it required, then or later, except what was there before. */
function forgetTree(path: string, before: ReadonlySet<string>): void {
  const module = require.cache[path];
  if (module === undefined || before.has(path)) return;
  delete require.cache[path];
  for (const child of module.children) forgetTree(child.filename, before);
}

async function entryPoints(root: string): Promise<readonly string[]> {
  const path = join(root, 'package.json');
  const parsed = packageSchema.safeParse(await readJson(path));
  if (!parsed.success) {
    throw new HostError(
      'package-json-invalid',
      `${path} has no "main". Expected the path of the app's entry point, or a glob.`,
    );
  }
  const { main } = parsed.data;
  const { base, glob, isGlob } = picomatch.scan(main);
  if (!isGlob) {
    try {
      return [require.resolve(join(root, main))];
    } catch (cause) {
      throw new HostError(
        'entry-point-missing',
        `"${main}", the "main" of ${path}, is missing. Is the app built?`,
        cause,
      );
    }
  }
  const matches = picomatch(glob);
  const folder = join(root, base);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const found = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => matches(relative(folder, file).split(sep).join('/')))
    .toSorted();
  if (found.length > 0) return found;
  throw new HostError('entry-point-missing', `No file matches "${main}", the "main" of ${path}. Is the app built?`);
}

async function isEsModule(file: string): Promise<boolean> {
  if (file.endsWith('.mjs')) return true;
  if (file.endsWith('.cjs')) return false;
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const content = await readJson(join(folder, 'package.json')).catch(() => undefined);
    if (content !== undefined) return z.object({ type: z.literal('module') }).safeParse(content).success;
    if (folder === dirname(folder)) return false;
  }
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new HostError('package-json-invalid', `${path} cannot be read as JSON: ${String(cause)}`, cause);
  }
}
