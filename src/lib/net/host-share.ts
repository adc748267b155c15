import { AsyncLocalStorage } from 'node:async_hooks';
import type { Clock } from '../model/clock.ts';
import { Failure } from '../model/failure.ts';
import type { FailureCode } from '../model/failure.ts';
import { tryParseUrl } from './url.ts';

/** A piece of work that may wait for a host. */
interface Place {
  /** End a wait for the host, the outer ones first; none while the work does not wait. */
  readonly waits: Set<(refusal: Failure) => void>;
  isEnded: boolean;
}

interface Call {
  readonly start: number;
  /** After this time without an answer the host is silent, in milliseconds. */
  readonly limitMs: number;
}

/** One host in this instance. Times are milliseconds since 1970. */
interface Host {
  /** The places that are taken, the oldest first. */
  readonly places: Set<Place>;
  /** The calls that have no answer yet. */
  readonly calls: Set<Call>;
  /** When the host last answered a call in time. */
  answeredAt: number;
  /** A call that ended without an answer, if none was answered since: when it or an earlier one began, and when it ended. */
  missed: { readonly since: number; readonly at: number } | undefined;
  check: NodeJS.Timeout | undefined;
}

/**
 * A host whose call has been open for this time, without another answer meanwhile, is silent. In milliseconds: work for other
 * hosts waits until then. The limit is long, because refused work comes back much later.
 */
const silentMs = 5_000;
/** The same for a call that writes: a Git host takes seconds for a push of a hundred files. */
export const silentWriteMs = 10_000;
/** Work above the share that waits for a silent host ends this much later; what has not begun is refused before. */
const graceMs = 500;
const checkMs = 250;
/** Refused work comes back no sooner and no later than this. */
const delaySeconds = { least: 5, most: 60 };
/** A host that left a call without an answer stays silent for this time, also while it is not called. */
const rememberedMs = delaySeconds.most * 1000;
const noAnswer: ReadonlySet<FailureCode> = new Set(['service-unavailable', 'answer-lost', 'registry-unavailable']);

/**
 * Bounds the pieces of work of a host that does not answer, so it cannot occupy every slot of the queue trigger of this
 * instance. Work above the share is refused at once, and work that began before the host was known to be silent stops
 * waiting. Its message goes back to the queue, and messages of other hosts pass. A host that answers is not bounded,
 * because refusals would split its commits.
 */
export class HostShare {
  readonly #limit: number;
  readonly #now: Clock;
  readonly #hosts = new Map<string, Host>();
  /** The places of the work that runs, by host. */
  readonly #held = new AsyncLocalStorage<ReadonlyMap<string, Place>>();

  /** @param limit pieces of work that may wait for a silent host at a time */
  constructor(limit: number, now: Clock) {
    this.#limit = limit;
    this.#now = now;
  }

  /** Whether the host is silent and has no place for further work. */
  isFull(host: string): boolean {
    return this.#of(host).places.size >= this.#limit && this.#isSilent(host);
  }

  /**
   * Calls a host. The time of its answer shows whether the host is silent; a failure in time is an answer too.
   *
   * @param limitMs after this time without an answer the host is silent
   */
  async observe<T>(host: string, request: () => Promise<T>, limitMs = silentMs): Promise<T> {
    const state = this.#of(host);
    const start = this.#now().getTime();
    const call = { start, limitMs };
    state.calls.add(call);
    let isAnswered = true;
    try {
      return await request();
    } catch (error) {
      isAnswered = !(error instanceof Failure && noAnswer.has(error.code));
      throw error;
    } finally {
      state.calls.delete(call);
      const end = this.#now().getTime();
      if (end - start <= limitMs) state.answeredAt = end;
      if (end - start <= limitMs || isAnswered) state.missed = undefined;
      else state.missed = { since: state.missed?.since ?? Math.max(start, state.answeredAt), at: end };
    }
  }

  /**
   * Calls a host, as `observe` does. Outside of other work for the host, the call takes a place of its own.
   *
   * @throws {Failure} `host-busy` as of `run`
   */
  call<T>(host: string, request: () => Promise<T>, limitMs?: number): Promise<T> {
    const timed = (): Promise<T> => this.observe(host, request, limitMs);
    return this.#held.getStore()?.has(host) === true ? timed() : this.run(host, timed);
  }

  /**
   * Runs work that waits for a host. Work inside other work for the host shares its place.
   *
   * @throws {Failure} `host-busy` if the share of the host is used up, or the host becomes silent while more than its share
   * waits. Then the work itself goes on, and its message comes back when its calls have met their time limits.
   */
  run<T>(host: string, work: () => Promise<T>): Promise<T> {
    return this.#occupy(host, (place) => this.#untilEnded(place, work));
  }

  /**
   * Runs work that does not wait for a host itself, but contains work that does: that one shares the place.
   *
   * @throws {Failure} `host-busy` if the share of the host is used up
   */
  reserve<T>(host: string, work: () => Promise<T>): Promise<T> {
    return this.#occupy(host, work);
  }

  /** The failure of work above the share. The longer the host has been silent, the later the work comes back. */
  refusal(host: string): Failure {
    const { least, most } = delaySeconds;
    return this.#busy(host, Math.round(Math.min(Math.max(this.#silence(host) / 1000, least), most)));
  }

  async #occupy<T>(host: string, work: (place: Place) => Promise<T>): Promise<T> {
    const state = this.#of(host);
    const held = this.#held.getStore();
    const outer = held?.get(host);
    if (outer?.isEnded === false) {
      if (this.isFull(host) && state.places.size > this.#limit) throw this.refusal(host);
      return work(outer);
    }
    if (this.isFull(host)) throw this.refusal(host);
    const place: Place = { waits: new Set(), isEnded: false };
    state.places.add(place);
    if (state.places.size > this.#limit) state.check ??= setInterval(() => this.#check(host), checkMs);
    try {
      return await this.#held.run(new Map([...(held ?? []), [host, place]]), () => work(place));
    } finally {
      state.places.delete(place);
    }
  }

  async #untilEnded<T>(place: Place, work: () => Promise<T>): Promise<T> {
    let end: ((refusal: Failure) => void) | undefined;
    try {
      return await new Promise<T>((resolve, reject) => {
        end = reject;
        place.waits.add(end);
        work().then(resolve, reject);
      });
    } finally {
      if (end) place.waits.delete(end);
    }
  }

  /** Ends the wait of work above the share, the latest first. Its message comes back after the time limits of its calls. */
  #check(host: string): void {
    const state = this.#of(host);
    if (this.#isSilent(host, graceMs)) {
      const waiting = [...state.places].filter(({ waits }) => waits.size > 0);
      for (const place of waiting.toReversed().slice(0, Math.max(0, state.places.size - this.#limit))) {
        const refusal = this.#busy(host, delaySeconds.most);
        state.places.delete(place);
        place.isEnded = true;
        [...place.waits].at(-1)?.(refusal);
      }
    }
    if (state.places.size > this.#limit) return;
    clearInterval(state.check);
    state.check = undefined;
  }

  #busy(host: string, retryAfterSeconds: number): Failure {
    const { size } = this.#of(host).places;
    const message = `${host} does not answer, and ${size} pieces of work in this instance wait for it.`;
    return new Failure('host-busy', message, { retryAfterSeconds });
  }

  #isSilent(host: string, graceMs = 0): boolean {
    return this.#unanswered(host).some(({ start, limitMs }) => this.#since(host, start) > limitMs + graceMs);
  }

  /** For how long the host has left calls without an answer, in milliseconds. */
  #silence(host: string): number {
    return Math.max(0, ...this.#unanswered(host).map(({ start }) => this.#since(host, start)));
  }

  /** The calls that are open or were missed a short time ago. */
  #unanswered(host: string): readonly Call[] {
    const { calls, missed } = this.#of(host);
    const isRemembered = missed !== undefined && this.#now().getTime() - missed.at <= rememberedMs;
    return [...calls.values(), ...(isRemembered ? [{ start: missed.since, limitMs: silentMs }] : [])];
  }

  /** The time since a start or the last answer, in milliseconds. */
  #since(host: string, start: number): number {
    return this.#now().getTime() - Math.max(start, this.#of(host).answeredAt);
  }

  #of(host: string): Host {
    const known = this.#hosts.get(host);
    if (known) return known;
    const state: Host = { places: new Set(), calls: new Set(), answeredAt: 0, missed: undefined, check: undefined };
    this.#hosts.set(host, state);
    return state;
  }
}

/** The host by which questions to a registry are counted: a Git host of the same name can answer while it does not. */
export function registryHost(registry: string): string {
  return `registry ${registry}`;
}

/** The host by which work for a repository is counted. */
export function hostOf(repository: string): string {
  return tryParseUrl(repository)?.host ?? repository;
}
