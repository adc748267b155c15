import { Failure } from '../lib/model/failure.ts';
import { findStarved } from '../lib/promotion/starved.ts';
import type { StarvedEnvironment } from '../lib/promotion/starved.ts';
import { makeStormStore } from '../lib/rollback/storm-store.ts';
import type { InvalidRowReport } from '../lib/storage/invalid-rows.ts';
import { storageAnswers } from '../lib/storage/queues.ts';
import type { RoutesInForce } from '../lib/in-force/routes-in-force.ts';
import type { RoutesReport } from '../lib/in-force/routes-report.ts';
import type { Problem } from '../lib/routes/route.ts';
import type { Configuration } from './configuration.ts';
import type { Machine } from './machine.ts';
import type { Stores } from './stores.ts';

/** The state of the app. `failing`: it cannot work. `degraded`: it works in spite of problems. */
export interface HealthReport {
  readonly status: 'ok' | 'degraded' | 'failing';
  readonly version: string;
  readonly routes: Omit<RoutesReport, 'problems'>;
  readonly storage: 'ok' | 'unavailable';
  readonly problems: readonly Problem[];
  /** Rows of table storage that instances left out during the last day. */
  readonly invalidRows: InvalidRowReport;
  /** Instances of Argo CD with so many automatic rollbacks that no more are made, with the time of the last refusal. */
  readonly rollbacks: readonly { readonly instance: string; readonly since: string }[];
  /** Environments whose last promotions were all replaced before the end of their soak. */
  readonly starved: readonly StarvedEnvironment[];
}

export type GetHealth = () => Promise<HealthReport>;

export interface HealthParts {
  readonly configuration: Pick<Configuration, 'problems' | 'hasErrors'>;
  readonly routes: Pick<RoutesInForce, 'report'>;
  readonly stores: Pick<Stores, 'queueService' | 'invalidRows' | 'rows' | 'index'>;
  readonly version: string;
  readonly machine: Pick<Machine, 'now'>;
}

export function makeGetHealth({ configuration, routes, stores, version, machine }: HealthParts): GetHealth {
  const { problems, hasErrors } = configuration;
  const storms = makeStormStore(stores.rows);
  return async () => {
    const [report, storage, invalidRows, rollbacks, starved] = await Promise.all([
      routes.report(),
      storageAnswers(stores.queueService),
      stores.invalidRows.report().catch(ifUnavailable({ count: 0, rows: [] })),
      storms.refusing(machine.now()).catch(ifUnavailable([])),
      findStarved(stores.index).catch(ifUnavailable([])),
    ]);
    const { problems: ofDocuments, ...routesReport } = report;
    const isFailing = report.state === 'none' || storage === 'unavailable';
    const isDegraded = hasErrors || ofDocuments.some(({ severity }) => severity === 'error');
    return {
      status: isFailing ? 'failing' : isDegraded ? 'degraded' : 'ok',
      version,
      routes: routesReport,
      storage,
      problems: withoutRepeats([...problems, ...ofDocuments]),
      invalidRows,
      rollbacks,
      starved,
    };
  };
}

/** The routes of the settings are checked alone, and again together with documents of repositories. */
function withoutRepeats(problems: readonly Problem[]): readonly Problem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}

/** The report has `storage: unavailable` then. */
function ifUnavailable<T>(none: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof Failure && error.code === 'storage-unavailable') return none;
    throw error;
  };
}
