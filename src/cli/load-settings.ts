import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { routeDocuments, type RouteDocument } from '../lib/routes/read/documents.ts';
import { readLoadOptions } from '../lib/routes/load-options.ts';
import { loadRoutes, type LoadedRoutes } from '../lib/routes/load.ts';
import { readSettings, type Settings } from '../lib/settings/settings.ts';
import type { Problem } from '../lib/routes/route.ts';
import { boundedDocument } from './bounded-document.ts';
import { UsageError, type CommandIo } from './command.ts';
import { readSources } from './read-sources.ts';
import { readNamedFile } from './files.ts';

const localSettingsSchema = z.object({ Values: z.record(z.string(), z.string()).default({}) });

export interface LoadedSettings extends LoadedRoutes {
  readonly settings: Settings;
}

/**
 * Loads routes as the app does: from files, else from the settings and the repositories of `ROUTES_FROM`. Settings come from a `local.settings.json`, else
 * from the environment.
 */
export async function loadFromSettings(
  files: readonly string[],
  settingsFile: string | undefined,
  io: CommandIo,
): Promise<LoadedSettings> {
  const environment = settingsFile === undefined ? io.env : await readLocalSettings(resolve(io.cwd, settingsFile));
  const root = settingsFile === undefined ? io.cwd : dirname(resolve(io.cwd, settingsFile));
  const { settings, problems } = readSettings(environment);
  const given =
    files.length > 0
      ? await readDocuments(files, io.cwd, settings)
      : routeDocuments(environment, (path) => readFileSync(resolve(root, path), 'utf8'));
  const bounds = readLoadOptions(environment, settings);
  const load = (documents: readonly RouteDocument[]): LoadedRoutes =>
    loadRoutes(documents, { ...bounds.options, now: new Date() });
  const alone = load(given.documents);
  const known = [...problems, ...bounds.problems, ...given.problems];
  const isReadable = files.length === 0 && (settings.routesFrom ?? []).length > 0 && alone.table && isSound(known);
  const loaded = isReadable ? await readSources(given.documents, settings, io, load) : alone;
  const all = [...known, ...loaded.problems];
  // Documents of Git repositories that have errors are left out, as in the app.
  const isUsable = isReadable || isSound(all);
  return { ...(isUsable && loaded.table && { table: loaded.table }), problems: all, settings };
}

function isSound(problems: readonly Problem[]): boolean {
  return problems.every(({ severity }) => severity === 'warning');
}

async function readDocuments(
  files: readonly string[],
  cwd: string,
  settings: Settings,
): Promise<{ readonly documents: readonly RouteDocument[]; readonly problems: readonly Problem[] }> {
  const read = await Promise.all(
    files.map(async (file) => {
      const path = resolve(cwd, file);
      const document = { setting: file, text: await readNamedFile(path, 'the routes file') };
      return boundedDocument(document, path, settings);
    }),
  );
  return { documents: read.map(({ document }) => document), problems: read.flatMap(({ problems }) => problems) };
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
