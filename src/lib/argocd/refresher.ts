import { LRUCache } from 'lru-cache';
import type { Clock } from '../model/clock.ts';
import { Failure } from '../model/failure.ts';
import type { Log } from '../model/log.ts';
import type { SyncResult } from '../intake/sync-result.ts';
import type { ArgoCdApi, SyncRequest } from './argocd-api.ts';
import { ArgoCdLane } from './lane.ts';
import type { LaneTask } from './lane.ts';

/** A refresh that a commit makes necessary. */
export interface RefreshRequest {
  /** `[instance/]namespace/name`. */
  readonly application: string;
  readonly commit: string;
  /** The commit changed the manifest of the application itself. */
  readonly isHeld: boolean;
}

/** A sync that deployments wait for. */
export interface SyncStart {
  /** `[instance/]namespace/name`. */
  readonly application: string;
  readonly commit: string;
  /** The sync for the present state of the application; `undefined` if none is needed any more. */
  readonly requestFor: (result: SyncResult) => Promise<SyncTarget | undefined>;
  readonly onStarted: (target: string) => Promise<void>;
  readonly onRefused: (target: string, reason: string) => Promise<void>;
}

/** A sync of the application itself, or of the one that holds its manifest. */
export interface SyncTarget {
  /** `[instance/]namespace/name`. */
  readonly target: string;
  readonly request: SyncRequest;
}

/** How an answer came about: after a commit, or by an ask. */
export type AnswerCause = 'refresh' | 'ask';

export interface RefresherDeps {
  readonly argoCd: Pick<ArgoCdApi, 'knows' | 'refresh' | 'refreshHolder' | 'getApplication' | 'startSync'>;
  /** Takes the state of an application; `undefined` if Argo CD has not compared it, or only its holder was refreshed. */
  readonly onAnswer: (application: string, result: SyncResult | undefined, cause: AnswerCause) => Promise<void>;
  /** Of the process: the invocation that requested something has often ended when it runs. */
  readonly log: Log;
  readonly now: Clock;
  readonly sleep: (ms: number) => Promise<unknown>;
  /** Requests that start in a second, for each Argo CD. */
  readonly perSecond?: number;
  /** Requests that run at a time, for each Argo CD. */
  readonly maxConcurrent?: number;
}

export interface Refresher {
  /** Whether the Argo CD of an application can be asked. */
  readonly knows: (application: string) => boolean;
  /** Notes a refresh and returns at once. It never throws. */
  readonly request: (request: RefreshRequest) => void;
  /** Notes that the state of an application is needed, and returns at once. Refreshes come first. It never throws. */
  readonly ask: (application: string) => void;
  /**
   * Notes that an application needs a sync, and returns at once. The state is read again before the request, so that a
   * repeated one starts no second sync. It never throws.
   */
  readonly startSync: (start: SyncStart) => void;
  /** Settles when nothing waits and nothing runs. */
  readonly idle: () => Promise<void>;
}

/**
 * Refreshes applications and asks for their state in the background, so that no delivery waits for Argo CD. Each
 * application is refreshed once for a commit; commits that gather while it waits share a refresh, and an ask that waits
 * shares it too. If the process ends, waiting requests are lost: Argo CD compares at its next poll, and the clock asks.
 */
export function makeRefresher({ argoCd, onAnswer, log, ...deps }: RefresherDeps): Refresher {
  const lanes = new Map<string, ArgoCdLane>();
  const requested = new LRUCache<string, true>({ max: 20_000 });

  function laneOf(application: string): ArgoCdLane {
    const parts = application.split('/');
    const instance = parts.length === 3 ? (parts[0] ?? '') : '';
    const lane = lanes.get(instance) ?? new ArgoCdLane(deps);
    lanes.set(instance, lane);
    return lane;
  }

  function refreshOf({ application, commit, isHeld }: RefreshRequest): LaneTask {
    return {
      async run() {
        const result = await (isHeld ? argoCd.refreshHolder(application) : argoCd.refresh(application));
        log('info', 'argocd-refreshed', { application, commit });
        await onAnswer(application, result ?? undefined, 'refresh');
      },
      failed(error, retry) {
        log('warn', 'argocd-not-refreshed', { application, commit, ...fieldsOf(error), ...retry });
      },
    };
  }

  function askOf(application: string): LaneTask {
    return {
      async run() {
        const result = await argoCd.getApplication(application);
        log('info', 'argocd-asked', { application, hasAnswer: result !== undefined });
        await onAnswer(application, result, 'ask');
      },
      failed(error, retry) {
        log('warn', 'argocd-not-asked', { application, ...fieldsOf(error), ...retry });
      },
    };
  }

  function syncOf({ application, commit, requestFor, onStarted, onRefused }: SyncStart): LaneTask {
    return {
      async run() {
        const result = await argoCd.getApplication(application);
        const found = result && (await requestFor(result));
        if (!found) return;
        const { target, request } = found;
        try {
          await argoCd.startSync(target, request);
        } catch (error) {
          if (!(error instanceof Failure) || error.code !== 'argocd-sync-refused') throw error;
          log('warn', 'argocd-sync-refused', { application: target, commit, reason: error.message });
          return onRefused(target, error.message);
        }
        log('info', 'argocd-sync-started', { application: target, commit });
        await onStarted(target);
      },
      failed(error, retry) {
        log('warn', 'argocd-sync-not-started', { application, commit, ...fieldsOf(error), ...retry });
      },
    };
  }

  return {
    knows: (application) => argoCd.knows(application),
    request(request) {
      const { application, commit, isHeld } = request;
      const key = `${isHeld ? 'holder ' : ''}${application}`;
      const once = `${key} ${commit}`;
      if (!argoCd.knows(application) || requested.has(once)) return;
      requested.set(once, true);
      laneOf(application).add('refresh', key, refreshOf(request));
    },
    ask(application) {
      if (argoCd.knows(application)) laneOf(application).add('ask', application, askOf(application));
    },
    startSync(start) {
      const { application } = start;
      if (argoCd.knows(application)) laneOf(application).add('sync', application, syncOf(start));
    },
    async idle() {
      const isActive = (): boolean => [...lanes.values()].some((lane) => lane.isActive());
      while (isActive()) await Promise.all([...lanes.values()].map((lane) => lane.idle()));
    },
  };
}

function fieldsOf(error: unknown): { readonly code: string | undefined; readonly reason: string } {
  return {
    code: error instanceof Failure ? error.code : undefined,
    reason: error instanceof Error ? error.message : String(error),
  };
}
