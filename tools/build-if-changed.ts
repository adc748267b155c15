import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildApp } from './build.ts';

const root = join(import.meta.dirname, '..');
/** Packaging leaves out files with a dot. */
const stampName = '.inputs.json';
/** Inputs that the bundler does not name. */
const others = ['package.json', 'package-lock.json', 'tools', 'ui'];

/** The clock of a file system ticks less often than `Date.now()`, so a file can look older than it is. */
const fileClockLagMs = 20;

/** The state of each input and output of a build, by path. */
type Stamp = Readonly<Record<string, string>>;

/**
 * Builds like `buildApp`, unless each input and output is as the last such build left it.
 *
 * @returns whether it built
 */
export async function buildIfChanged(outDirectory: string, build: typeof buildApp = buildApp): Promise<boolean> {
  const file = join(outDirectory, stampName);
  const last = await readStamp(file);
  if (last && (await isUnchanged(last))) return false;
  // A build that is interrupted leaves no stamp.
  await rm(file, { force: true });
  const startedAt = Date.now() - fileClockLagMs;
  const inputs = [...(await build(outDirectory)).map((path) => join(root, path)), ...(await listOthers())];
  const outputs = (await readdir(outDirectory))
    .filter((name) => !name.startsWith('.'))
    .map((name) => join(outDirectory, name));
  const stamp: Record<string, string> = {};
  for (const path of [...inputs, ...outputs]) {
    const state = await stateOf(path);
    // An input that changed meanwhile is perhaps not in the build.
    if (state === undefined || (state.changedAt >= startedAt && inputs.includes(path))) return true;
    if (state.isFile) stamp[path] = state.text;
  }
  const temporary = `${file}.${process.pid}`;
  await writeFile(temporary, JSON.stringify(stamp));
  await rename(temporary, file);
  return true;
}

async function readStamp(file: string): Promise<Stamp | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Stamp;
  } catch {
    return undefined; // None, or half of one: it is built.
  }
}

async function isUnchanged(stamp: Stamp): Promise<boolean> {
  const states = await Promise.all(
    Object.entries(stamp).map(async ([path, text]) => (await stateOf(path))?.text === text),
  );
  return states.every(Boolean);
}

async function stateOf(
  path: string,
): Promise<{ readonly text: string; readonly changedAt: number; readonly isFile: boolean } | undefined> {
  const found = await stat(path).catch(() => undefined); // Gone.
  return found && { text: `${found.mtimeMs} ${found.size}`, changedAt: found.mtimeMs, isFile: found.isFile() };
}

async function listOthers(): Promise<readonly string[]> {
  const lists = await Promise.all(
    others.map(async (name) => {
      const path = join(root, name);
      if ((await stat(path)).isFile()) return [path];
      const entries = await readdir(path, { recursive: true, withFileTypes: true });
      return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    }),
  );
  return lists.flat();
}
