import { Failure } from '../model/failure.ts';
import type { Log } from '../model/log.ts';
import type { Problem, RouteTable } from '../routes/route.ts';
import type { GitRoutes } from './git-routes.ts';
import type { SettingsRoutes } from './settings-routes.ts';

/** A document of a Git repository, for the health report. */
export interface DocumentReport {
  readonly repository: string;
  readonly branch?: string;
  readonly path: string;
  readonly state: 'current' | 'last-good' | 'none';
  /** The commit of the version in force. */
  readonly commit?: string;
  /** The commit of the version that has errors. */
  readonly badCommit?: string;
}

export interface RoutesReport {
  /** `last-good`: the settings, or documents of repositories, have errors, and their last valid versions are in force. */
  readonly state: 'current' | 'last-good' | 'none';
  /** SHA-256 of the routes in force. */
  readonly hash?: string;
  /** Documents of Git repositories; absent without `ROUTES_FROM`. */
  readonly documents?: readonly DocumentReport[];
  /** Problems of documents in Git repositories. */
  readonly problems: readonly Problem[];
}

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
        const { table, documents, problems } = await git.current(fixed.documents);
        const reports = documents.map(reportOf);
        const isLastGood = fixed.state === 'last-good' || reports.some(({ state }) => state !== 'current');
        return { state: isLastGood ? 'last-good' : 'current', hash: table.hash, documents: reports, problems };
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

function reportOf({
  document,
  commit,
  errors,
}: Awaited<ReturnType<GitRoutes['current']>>['documents'][number]): DocumentReport {
  const { repository, branch, path, bad } = document;
  return {
    repository,
    ...(branch !== undefined && { branch }),
    path,
    state: errors.length === 0 ? 'current' : commit === undefined ? 'none' : 'last-good',
    ...(commit !== undefined && { commit }),
    ...(bad && errors.length > 0 && { badCommit: bad.commit }),
  };
}

function noRoutes(reason: string): Failure {
  return new Failure('routes-invalid', `${reason} Events wait. GET /api/health/details lists the errors.`);
}
