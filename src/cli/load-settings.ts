import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { routeDocuments, type RouteDocument } from '../lib/routes/read/documents.ts';
import { readLoadOptions } from '../lib/routes/load-options.ts';
import { loadRoutes, type LoadedRoutes } from '../lib/routes/load.ts';
import { readSettings, type Settings } from '../lib/settings/settings.ts';
import { UsageError, type CommandIo } from './command.ts';
import { readNamedFile } from './files.ts';

const localSettingsSchema = z.object({ Values: z.record(z.string(), z.string()).default({}) });

export interface LoadedSettings extends LoadedRoutes {
  readonly settings: Settings;
}

/**
 * Loads routes as the app does: from files, else from the settings. Settings come from a `local.settings.json`, else
 * from the environment.
 */
export async function loadFromSettings(
  files: readonly string[],
  settingsFile: string | undefined,
  io: CommandIo,
): Promise<LoadedSettings> {
  const environment = settingsFile === undefined ? io.env : await readLocalSettings(resolve(io.cwd, settingsFile));
  const root = settingsFile === undefined ? io.cwd : dirname(resolve(io.cwd, settingsFile));
  const given =
    files.length > 0
      ? { documents: await readDocuments(files, io.cwd), problems: [] }
      : routeDocuments(environment, (path) => readFileSync(resolve(root, path), 'utf8'));
  const { settings, problems } = readSettings(environment);
  const bounds = readLoadOptions(environment, settings);
  const loaded = loadRoutes(given.documents, { ...bounds.options, now: new Date() });
  const all = [...problems, ...bounds.problems, ...given.problems, ...loaded.problems];
  const isSound = all.every(({ severity }) => severity === 'warning');
  return { ...(isSound && loaded.table && { table: loaded.table }), problems: all, settings };
}

async function readDocuments(files: readonly string[], cwd: string): Promise<readonly RouteDocument[]> {
  return await Promise.all(
    files.map(async (file) => ({ setting: file, text: await readNamedFile(resolve(cwd, file), 'the routes file') })),
  );
}

/** The `Values` of a `local.settings.json`. Errors never contain text of the file, because it has secrets. */
export async function readLocalSettings(path: string): Promise<Readonly<Record<string, string>>> {
  const text = await readNamedFile(path, 'the settings file');
  const parsed = localSettingsSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data.Values;
  throw new UsageError(
    `the settings file ${path} is not a local.settings.json; expected JSON such as { "Values": { "NAME": "text" } }`,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return undefined; // The caller reports it.
  }
}
