import { Failure } from '../model/failure.ts';
import type { Log } from '../model/log.ts';
import type { RouteTable } from '../routes/route.ts';
import type { GitRoutes } from './git-routes.ts';
import { reportRepository } from './routes-report.ts';
import type { RoutesReport } from './routes-report.ts';
import type { SettingsRoutes } from './settings-routes.ts';

export interface RoutesInForce {
  /** @throws {Failure} `routes-invalid` if no valid routes were ever stored; `storage-unavailable` */
  readonly current: () => Promise<RouteTable>;
  /** For the health report. Never throws. */
  readonly report: () => Promise<RoutesReport>;
  /** Reads the repositories of `ROUTES_FROM`; absent without them. */
  readonly refresh?: (log: Log) => Promise<void>;
}

/** The routes in force: those of the settings, together with those of Git repositories. */
export function makeRoutesInForce(settings: SettingsRoutes, git?: GitRoutes): RoutesInForce {
  return {
    async current() {
      const fixed = await settings();
      if (!fixed) throw noRoutes('The routes have errors, and no valid routes were stored before.');
      if (!git) return fixed.table;
      const { table, documents, problems } = await git.current(fixed.documents);
      const isUnread = problems.some(({ code }) => code === 'source-unreadable');
      if (isUnread && documents.length === 0 && fixed.documents.length === 0)
        throw noRoutes('No repository of ROUTES_FROM could be read yet.');
      return table;
    },

    async report() {
      try {
        const fixed = await settings();
        if (!fixed) return { state: 'none', problems: [] };
        if (!git) return { state: fixed.state, hash: fixed.table.hash, problems: [] };
        const composed = await git.current(fixed.documents);
        const repositories = composed.repositories.map((one) => reportRepository(one, composed.documents));
        const isCurrent =
          fixed.state === 'current' &&
          repositories.every(({ documents }) => documents.every(({ state }) => state === 'current'));
        const { table, problems } = composed;
        return { state: isCurrent ? 'current' : 'last-good', hash: table.hash, repositories, problems };
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        return { state: 'none', problems: [] };
      }
    },

    ...(git && {
      async refresh(log: Log) {
        const fixed = await settings();
        if (fixed) await git.refresh(fixed.documents, log);
      },
    }),
  };
}

function noRoutes(reason: string): Failure {
  return new Failure('routes-invalid', `${reason} Events wait. GET /api/health/details lists the errors.`);
}
