import type { InvalidRowReport } from '../lib/storage/invalid-rows.ts';
import { storageAnswers } from '../lib/storage/queues.ts';
import type { RoutesInForce } from '../lib/routes/routes-in-force.ts';
import type { Problem } from '../lib/routes/route.ts';
import type { Configuration } from './configuration.ts';
import type { Stores } from './stores.ts';

/** The state of the app. `failing`: it cannot work. `degraded`: it works in spite of problems. */
export interface HealthReport {
  readonly status: 'ok' | 'degraded' | 'failing';
  readonly version: string;
  readonly routes: {
    /** `last-good`: the routes of the settings have errors, and the last good ones are in force. */
    readonly state: 'current' | 'last-good' | 'none';
    /** SHA-256 of the routes in force. */
    readonly hash?: string;
  };
  readonly storage: 'ok' | 'unavailable';
  readonly problems: readonly Problem[];
  /** Rows of table storage that were left out. */
  readonly invalidRows: InvalidRowReport;
}

export type GetHealth = () => Promise<HealthReport>;

export interface HealthParts {
  readonly configuration: Pick<Configuration, 'problems' | 'hasErrors'>;
  readonly routes: Pick<RoutesInForce, 'state'>;
  readonly stores: Pick<Stores, 'queueService' | 'invalidRows'>;
  readonly version: string;
}

export function makeGetHealth({ configuration, routes, stores, version }: HealthParts): GetHealth {
  const { problems, hasErrors } = configuration;
  return async () => {
    const [routesState, storage] = await Promise.all([routes.state(), storageAnswers(stores.queueService)]);
    const isFailing = routesState.state === 'none' || storage === 'unavailable';
    const status = isFailing ? 'failing' : hasErrors ? 'degraded' : 'ok';
    return { status, version, routes: routesState, storage, problems, invalidRows: stores.invalidRows.report() };
  };
}
