import type { Bounds } from './bounds.ts';
import { Problems } from './problems.ts';
import type { Problem } from '../route.ts';

/** A routes document and its setting: `ROUTES`, `ROUTES__payments`, `ROUTES_FILE=routes.yaml`. */
export interface RouteDocument {
  readonly setting: string;
  readonly text: string;
  /** Bounds of this document alone, besides those of `ALLOW`. */
  readonly bounds?: Bounds;
}

const warnAt = 32 * 1024;
const refuseAt = 120 * 1024;
/** 10,000 routes have about 2 MiB. */
const refuseFileAt = 8 * 1024 * 1024;

/**
 * The routes documents in the settings. `readFile` reads a file of the app's package, or throws.
 *
 * Azure passes settings as environment variables, whose size is limited (32 KiB on Windows, 128 KiB on Linux).
 */
export function routeDocuments(
  settings: Readonly<Record<string, string | undefined>>,
  readFile: (path: string) => string,
): { readonly documents: readonly RouteDocument[]; readonly problems: readonly Problem[] } {
  const problems = new Problems();
  const documents: RouteDocument[] = [];
  for (const [setting, text] of Object.entries(settings).toSorted(([a], [b]) => Number(a > b) - Number(a < b))) {
    if (text === undefined || !isRoutesSetting(setting)) continue;
    if (setting === 'ROUTES_FILE') {
      const document = readRoutesFile(text, readFile, problems);
      if (document) documents.push(document);
    } else if (setting !== 'ROUTES' && !/^ROUTES__[A-Za-z0-9._]+$/.test(setting)) {
      problems.add('setting-name', {
        setting,
        message: 'the name does not work on Linux plans; expected ROUTES__ and a label of letters, digits, `.` and `_`',
      });
    } else if (checkSize(setting, text, problems)) {
      documents.push({ setting, text });
    }
  }
  if (documents.length === 0 && !problems.hasErrors && isBlank(settings['ROUTES_FROM'] ?? '')) {
    problems.add('setting-missing', {
      setting: 'ROUTES',
      message:
        'there are no routes; expected YAML in the setting ROUTES or in ROUTES__<label>, the path of a file in ROUTES_FILE, or repositories in ROUTES_FROM',
    });
  }
  return { documents, problems: problems.list() };
}

function isRoutesSetting(setting: string): boolean {
  return setting === 'ROUTES' || setting === 'ROUTES_FILE' || setting.startsWith('ROUTES__');
}

function checkSize(setting: string, text: string, problems: Problems): boolean {
  const bytes = new TextEncoder().encode(text).length;
  if (bytes <= warnAt) return true;
  const isTooLarge = bytes > refuseAt;
  const message = `the setting has ${Math.ceil(bytes / 1024)} KiB; expected at most ${(isTooLarge ? refuseAt : warnAt) / 1024}; use one setting per team (ROUTES__<label>), or a file (ROUTES_FILE)`;
  problems.add(isTooLarge ? 'setting-too-large' : 'setting-large', { setting, message });
  return !isTooLarge;
}

function readRoutesFile(
  path: string,
  readFile: (path: string) => string,
  problems: Problems,
): RouteDocument | undefined {
  const setting = `ROUTES_FILE=${path}`;
  try {
    const text = readFile(path);
    if (text.length <= refuseFileAt) return { setting, text };
    problems.add('setting-too-large', {
      setting,
      message: `the file has ${Math.ceil(text.length / 1024)} KiB; expected at most ${refuseFileAt / 1024}`,
    });
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? ` (${String(error.code)})` : '';
    problems.add('file-unreadable', {
      setting,
      message: `the file cannot be read${code}; expected a path within the app's package`,
    });
  }
  return undefined;
}

/** Whether a YAML text has comments only. */
function isBlank(text: string): boolean {
  return text.split('\n').every((line) => /^\s*(?:#.*)?$/.test(line));
}
