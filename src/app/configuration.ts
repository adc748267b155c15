import { readFileSync } from 'node:fs';
import { routeDocuments } from '../lib/routes/read/documents.ts';
import type { RouteDocument } from '../lib/routes/read/documents.ts';
import { readLoadOptions } from '../lib/routes/load-options.ts';
import { loadRoutes } from '../lib/routes/load.ts';
import type { LoadedRoutes } from '../lib/routes/load.ts';
import type { Problem, RouteTable } from '../lib/routes/route.ts';
import { gateProblems } from '../lib/settings/gate-settings.ts';
import { readSettings } from '../lib/settings/settings.ts';
import type { Clock } from '../lib/model/clock.ts';
import { machine } from './machine.ts';
import type { Environment, Settings } from '../lib/settings/settings.ts';

/** The app settings and the routes that they hold, read and checked. */
export interface Configuration {
  readonly settings: Settings;
  readonly documents: readonly RouteDocument[];
  /** Absent if a setting or a route has an error. */
  readonly table: RouteTable | undefined;
  readonly problems: readonly Problem[];
  readonly hasErrors: boolean;
  /** By instance of Argo CD; `undefined` if `ARGOCD_SECRETS` is unset. */
  readonly argoCdSecrets: ReadonlyMap<string, readonly string[]> | undefined;
  /** Loads documents within the bounds of the settings. */
  readonly load: (documents: readonly RouteDocument[]) => LoadedRoutes;
}

/**
 * Reads every setting and lists every problem. In Azure the app starts in spite of errors: receivers store events, and
 * health lists the errors.
 *
 * @throws {Error} on a developer's machine, if a setting or a route has an error
 */
export function readConfiguration(environment: Environment, now: Clock = machine.now): Configuration {
  const { settings, problems: settingProblems } = readSettings(environment);
  const given = routeDocuments(environment, (path) => readFileSync(path, 'utf8'));
  const bounds = readLoadOptions(environment, settings);
  const loaded = loadRoutes(given.documents, { ...bounds.options, now: now() });
  const problems = [
    ...settingProblems,
    ...bounds.problems,
    ...given.problems,
    ...loaded.problems,
    ...gateProblems(settings.gates),
  ];
  const hasErrors = problems.some(({ severity }) => severity === 'error');
  return {
    settings,
    documents: given.documents,
    table: loaded.table,
    problems,
    hasErrors,
    argoCdSecrets: bounds.argoCdSecrets,
    load: (documents) => loadRoutes(documents, { ...bounds.options, now: now() }),
  };
}
