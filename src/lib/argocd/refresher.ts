import { LRUCache } from 'lru-cache';
import type { Clock } from '../model/clock.ts';
import { Failure } from '../model/failure.ts';
import type { FailureCode } from '../model/failure.ts';
import type { Log } from '../model/log.ts';
import type { ArgoCdApi } from './argocd-api.ts';

/** A refresh that a commit makes necessary. */
export interface RefreshRequest {
  /** `[instance/]namespace/name`. */
  readonly application: string;
  readonly commit: string;
  /** The commit changed the manifest of the application itself. */
  readonly isHeld: boolean;
  readonly log: Log;
}

export interface RefresherDeps {
  readonly argoCd: Pick<ArgoCdApi, 'knows' | 'refresh' | 'refreshHolder'>;
  readonly now: Clock;
  readonly sleep: (ms: number) => Promise<unknown>;
  /** Refreshes that start in a second, for each Argo CD. */
  readonly perSecond?: number;
  /** Refreshes that run at a time, for each Argo CD. */
  readonly maxConcurrent?: number;
}

interface Waiting extends RefreshRequest {
  readonly askedAt: number;
  readonly attempt: number;
}

/** The refreshes of one Argo CD. */
interface Lane {
  readonly waiting: Map<string, Waiting>;
  readonly running: Set<Promise<void>>;
  /** When the next refresh may start, in milliseconds since 1970. */
  freeAt: number;
  /** Outages in a row. */
  outages: number;
  isDraining: boolean;
}

/** After this time Argo CD has compared by itself. */
const uselessAfterMs = 3 * 60_000;
const maxAttempts = 4;
const firstPauseMs = 5_000;
const longestPauseMs = 60_000;
/** Failures of Argo CD as a whole: its other applications wait too. */
const outageCodes: ReadonlySet<FailureCode> = new Set([
  'argocd-unavailable',
  'argocd-sign-in-failed',
  'throttled',
  'answer-not-understood',
]);

export interface Refresher {
  /** Notes a request and returns at once. It never throws. */
  readonly request: (request: RefreshRequest) => void;
  /** Settles when nothing waits and nothing runs. */
  readonly idle: () => Promise<void>;
}

/**
 * Refreshes applications in the background, so that no delivery waits for Argo CD. Each application is refreshed once for a
 * commit; commits that gather while it waits share a refresh. If the process ends, waiting refreshes are lost, and Argo CD
 * compares at its next poll.
 */
export function makeRefresher({ argoCd, now, sleep, perSecond = 10, maxConcurrent = 10 }: RefresherDeps): Refresher {
  const lanes = new Map<string, Lane>();
  const drains = new Set<Promise<void>>();
  const requested = new LRUCache<string, true>({ max: 20_000 });
  const time = (): number => now().getTime();

  function laneOf(application: string): Lane {
    const parts = application.split('/');
    const instance = parts.length === 3 ? (parts[0] ?? '') : '';
    const lane = lanes.get(instance) ?? newLane();
    lanes.set(instance, lane);
    return lane;
  }

  function start(lane: Lane): void {
    if (lane.isDraining) return;
    lane.isDraining = true;
    const drain: Promise<void> = drainLane(lane).finally(() => drains.delete(drain));
    drains.add(drain);
  }

  async function drainLane(lane: Lane): Promise<void> {
    for (let [next] = lane.waiting; next; [next] = lane.waiting) {
      const [key, waiting] = next;
      const delay = lane.freeAt - time();
      if (lane.running.size >= maxConcurrent) {
        await Promise.race(lane.running);
      } else if (delay > 0) {
        await sleep(delay);
      } else {
        lane.waiting.delete(key);
        if (time() - waiting.askedAt > uselessAfterMs) continue;
        lane.freeAt = time() + 1000 / perSecond;
        const run: Promise<void> = refresh(key, waiting, lane).finally(() => lane.running.delete(run));
        lane.running.add(run);
      }
    }
    // Synchronously after the last check, so that no request is left behind.
    lane.isDraining = false;
  }

  async function refresh(key: string, waiting: Waiting, lane: Lane): Promise<void> {
    const { application, commit, isHeld, log, attempt } = waiting;
    try {
      await (isHeld ? argoCd.refreshHolder(application) : argoCd.refresh(application));
      lane.outages = 0;
      log('info', 'argocd-refreshed', { application, commit });
    } catch (error) {
      const code = error instanceof Failure ? error.code : undefined;
      const reason = error instanceof Error ? error.message : String(error);
      const isOutage = code !== undefined && outageCodes.has(code);
      if (isOutage) {
        const pauseMs = Math.min(firstPauseMs * 2 ** lane.outages, longestPauseMs);
        const askedMs = error instanceof Failure ? (error.retryAfterSeconds ?? 0) * 1000 : 0;
        // Refreshes that ran together fail together: they count as one outage.
        if (lane.freeAt <= time() + 1000) lane.outages += 1;
        lane.freeAt = Math.max(lane.freeAt, time() + Math.max(pauseMs, askedMs));
      }
      const isRetried = isOutage && attempt < maxAttempts;
      if (isRetried && !lane.waiting.has(key)) lane.waiting.set(key, { ...waiting, attempt: attempt + 1 });
      start(lane);
      log('warn', 'argocd-not-refreshed', { application, commit, code, attempt, willRetry: isRetried, reason });
    }
  }

  function runs(): readonly Promise<void>[] {
    return [drains, ...Array.from(lanes.values(), ({ running }) => running)].flatMap((set) => Array.from(set));
  }

  return {
    request(request) {
      const { application, commit, isHeld } = request;
      const key = `${isHeld ? 'holder ' : ''}${application}`;
      const once = `${key} ${commit}`;
      if (!argoCd.knows(application) || requested.has(once)) return;
      requested.set(once, true);
      const lane = laneOf(application);
      const askedAt = lane.waiting.get(key)?.askedAt ?? time();
      lane.waiting.set(key, { ...request, askedAt, attempt: 1 });
      start(lane);
    },
    async idle() {
      for (let active = runs(); active.length > 0; active = runs()) await Promise.all(active);
    },
  };
}

function newLane(): Lane {
  return { waiting: new Map(), running: new Set(), freeAt: 0, outages: 0, isDraining: false };
}
