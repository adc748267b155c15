import type { Clock } from '../model/clock.ts';
import { Failure } from '../model/failure.ts';
import type { FailureCode } from '../model/failure.ts';

/** A request to Argo CD. */
export interface LaneTask {
  readonly run: () => Promise<void>;
  readonly failed: (error: unknown, retry: { readonly attempt: number; readonly willRetry: boolean }) => void;
}

export interface LaneOptions {
  readonly now: Clock;
  readonly sleep: (ms: number) => Promise<unknown>;
  readonly perSecond?: number;
  readonly maxConcurrent?: number;
}

/** A refresh is due before a sync, and a sync before an ask. */
const priorities = ['refresh', 'sync', 'ask'] as const;

type Priority = (typeof priorities)[number];

interface Waiting {
  readonly task: LaneTask;
  readonly addedAt: number;
  readonly attempt: number;
}

/** After this time Argo CD has compared by itself, and the clock asks for applications without news. */
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

/** The requests to one Argo CD: bounded in a second and at a time, with growing pauses while it fails. */
export class ArgoCdLane {
  readonly #now: () => number;
  readonly #sleep: LaneOptions['sleep'];
  readonly #perSecond: number;
  readonly #maxConcurrent: number;
  readonly #waiting: Readonly<Record<Priority, Map<string, Waiting>>> = {
    refresh: new Map(),
    sync: new Map(),
    ask: new Map(),
  };
  readonly #running = new Set<Promise<void>>();
  /** When the next request may start, in milliseconds since 1970. */
  #freeAt = 0;
  /** Outages in a row. */
  #outages = 0;
  #drain: Promise<void> | undefined;

  constructor({ now, sleep, perSecond = 10, maxConcurrent = 10 }: LaneOptions) {
    this.#now = () => now().getTime();
    this.#sleep = sleep;
    this.#perSecond = perSecond;
    this.#maxConcurrent = maxConcurrent;
  }

  /** Adds a task. It replaces one that waits with the same key; a refresh that waits makes an ask unnecessary. */
  add(priority: Priority, key: string, task: LaneTask): void {
    const { refresh, ask } = this.#waiting;
    if (priority === 'ask' && refresh.has(key)) return;
    if (priority === 'refresh') ask.delete(key);
    const addedAt = this.#waiting[priority].get(key)?.addedAt ?? this.#now();
    this.#waiting[priority].set(key, { task, addedAt, attempt: 1 });
    this.#start();
  }

  isActive(): boolean {
    return this.#drain !== undefined || this.#running.size > 0;
  }

  async idle(): Promise<void> {
    while (this.isActive()) await Promise.all([this.#drain, ...this.#running]);
  }

  #start(): void {
    this.#drain ??= this.#drainAll();
  }

  async #drainAll(): Promise<void> {
    // Lets `#start` note this run before it can end.
    await Promise.resolve();
    for (let next = this.#next(); next; next = this.#next()) {
      const delay = this.#freeAt - this.#now();
      if (this.#running.size >= this.#maxConcurrent) {
        await Promise.race(this.#running);
      } else if (delay > 0) {
        await this.#sleep(delay);
      } else {
        const { priority, key, waiting } = next;
        this.#waiting[priority].delete(key);
        if (this.#now() - waiting.addedAt > uselessAfterMs) continue;
        this.#freeAt = this.#now() + 1000 / this.#perSecond;
        const run: Promise<void> = this.#run(priority, key, waiting).finally(() => this.#running.delete(run));
        this.#running.add(run);
      }
    }
    // Synchronously after the last check, so that no request is left behind.
    this.#drain = undefined;
  }

  #next(): { readonly priority: Priority; readonly key: string; readonly waiting: Waiting } | undefined {
    for (const priority of priorities) {
      const [first] = this.#waiting[priority];
      if (first) return { priority, key: first[0], waiting: first[1] };
    }
    return undefined;
  }

  async #run(priority: Priority, key: string, waiting: Waiting): Promise<void> {
    const { task, attempt } = waiting;
    try {
      await task.run();
      this.#outages = 0;
    } catch (error) {
      const isOutage = error instanceof Failure && outageCodes.has(error.code);
      if (isOutage) this.#pause(error.retryAfterSeconds ?? 0);
      const willRetry = isOutage && attempt < maxAttempts;
      const queue = this.#waiting[priority];
      if (willRetry && !queue.has(key)) queue.set(key, { ...waiting, attempt: attempt + 1 });
      this.#start();
      task.failed(error, { attempt, willRetry });
    }
  }

  #pause(askedSeconds: number): void {
    const pauseMs = Math.min(firstPauseMs * 2 ** this.#outages, longestPauseMs);
    // Requests that ran together fail together: they count as one outage.
    if (this.#freeAt <= this.#now() + 1000) this.#outages += 1;
    this.#freeAt = Math.max(this.#freeAt, this.#now() + Math.max(pauseMs, askedSeconds * 1000));
  }
}
