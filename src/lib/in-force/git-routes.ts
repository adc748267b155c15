import { atMost } from '../async/at-most.ts';
import { shareRuns } from '../async/share-runs.ts';
import type { OpenRepository } from '../git/repositories.ts';
import type { Clock } from '../model/clock.ts';
import { Failure } from '../model/failure.ts';
import type { Log } from '../model/log.ts';
import type { RouteDocument } from '../routes/read/documents.ts';
import type { RoutesSource } from '../routes/routes-source.ts';
import { composeRoutes } from './compose-routes.ts';
import type { ComposeDeps, ComposedRoutes } from './compose-routes.ts';
import { emptyGitState, isSamePlace } from './git-state.ts';
import type { GitState } from './git-state.ts';
import type { GitStateStore } from './git-state-store.ts';
import { withAccepted, withRead } from './next-git-state.ts';
import { readRepository } from './read-repository.ts';

/** How long an instance believes the stored state. */
const freshMs = 15_000;
/** How long the start of an instance waits for repositories, if their documents are stored. */
const startMs = 5_000;
const repositoriesAtOnce = 8;
const maxAttempts = 3;

export interface GitRoutesDeps extends ComposeDeps {
  /** The setting `ROUTES_FROM`; `undefined` if it has errors: then the last valid one counts. */
  readonly sources: readonly RoutesSource[] | undefined;
  readonly store: GitStateStore;
  readonly open: (url: string) => OpenRepository;
  /** Runs before the new state is stored; returns the state with the results. */
  readonly announce: (change: RoutesChange, log: Log) => Promise<GitState>;
  readonly log: Log;
  readonly now: Clock;
  readonly sleep: (ms: number) => Promise<unknown>;
}

/** The state before and after a refresh. */
export interface RoutesChange {
  readonly previous: GitState;
  readonly before: ComposedRoutes;
  readonly state: GitState;
  readonly after: ComposedRoutes;
}

export interface GitRoutes {
  /**
   * The routes of the settings and of the repositories.
   *
   * @throws {Failure} `storage-unavailable`
   */
  readonly current: (fixed: readonly RouteDocument[]) => Promise<ComposedRoutes>;
  /** Reads the repositories. Never throws because one of them cannot be read. */
  readonly refresh: (fixed: readonly RouteDocument[], log: Log) => Promise<void>;
}

interface View {
  readonly fixed: readonly RouteDocument[];
  readonly state: GitState;
  readonly version: string | undefined;
  readonly composed: ComposedRoutes;
}

/**
 * The routes documents of Git repositories. One blob holds the version in force of each, so that all instances use the same
 * ones and a start needs no Git host.
 */
export function makeGitRoutes(deps: GitRoutesDeps): GitRoutes {
  const { store, log, now, sleep } = deps;
  const share = shareRuns();
  let view: View | undefined;
  let checkedAt = 0;
  let started = false;

  const show = (fixed: readonly RouteDocument[], state: GitState, version: string | undefined): View => {
    if (view && view.fixed === fixed && view.version === version && version !== undefined) return view;
    return { fixed, state, version, composed: composeRoutes(fixed, state, deps.sources ?? state.sources, deps) };
  };

  async function readStored(fixed: readonly RouteDocument[]): Promise<View> {
    const found = await store.read(view?.version);
    checkedAt = now().getTime();
    if (found === 'unchanged' && view) return (view = show(fixed, view.state, view.version));
    const { state, version } = found === 'unchanged' || !found ? { state: emptyGitState, version: undefined } : found;
    return (view = show(fixed, state, version));
  }

  async function refreshOnce(fixed: readonly RouteDocument[], ofRun: Log): Promise<boolean> {
    const before = await readStored(fixed);
    const sources = deps.sources ?? before.state.sources;
    const places = sources.filter((source, index) => sources.findIndex((one) => isSamePlace(one, source)) === index);
    const reads = await atMost(repositoriesAtOnce, places, (place) =>
      readRepository(
        sources.filter((source) => isSamePlace(source, place)),
        before.state.repositories.find((known) => isSamePlace(known, place)),
        (url) => deps.open(url).repository,
      ),
    );
    const read = withRead(before.state, sources, reads);
    const after = composeRoutes(fixed, read, sources, deps);
    const accepted = withAccepted(read, after);
    const change = { previous: before.state, before: before.composed, state: accepted, after };
    const state = await deps.announce(change, ofRun);
    if (JSON.stringify(state) === JSON.stringify(before.state)) return true;
    const version = await store.write(state, before.version);
    if (version === undefined) return false;
    view = { fixed, state, version, composed: composeRoutes(fixed, state, sources, deps) };
    checkedAt = now().getTime();
    return true;
  }

  const refresh: GitRoutes['refresh'] = (fixed, ofRun) =>
    share('', async () => {
      for (let attempt = 1; attempt <= maxAttempts; attempt += 1) if (await refreshOnce(fixed, ofRun)) return;
    });

  /** A repository of the setting was never read. */
  const lacksSource = ({ state }: View): boolean =>
    (deps.sources ?? []).some((source) => !state.repositories.some((known) => isSamePlace(known, source)));

  async function start(fixed: readonly RouteDocument[]): Promise<void> {
    started = true;
    const stored = await readStored(fixed);
    const run = refresh(fixed, log).catch((error: unknown) => {
      started = false;
      if (!(error instanceof Failure)) throw error;
      log('warn', 'routes-not-refreshed', { code: error.code, reason: error.message });
    });
    await (lacksSource(stored) ? run : Promise.race([run, sleep(startMs)]));
  }

  return {
    async current(fixed) {
      if (!started) await start(fixed);
      const isFresh = view && now().getTime() - checkedAt < freshMs;
      let known = isFresh && view ? show(fixed, view.state, view.version) : await readStored(fixed);
      if (!isFresh && lacksSource(known)) {
        await refresh(fixed, log);
        known = view ?? known;
      }
      view = known;
      return known.composed;
    },
    refresh,
  };
}
