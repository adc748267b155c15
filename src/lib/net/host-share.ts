import type { Clock } from '../model/clock.ts';
import { Failure } from '../model/failure.ts';
import { tryParseUrl } from './url.ts';

/** One host in this instance. Times are milliseconds since 1970. */
interface Host {
  /** The pieces of work in progress, each with the number of its nested runs. */
  readonly holders: Map<string, number>;
  /** The start of each call that has no answer yet, the oldest first. */
  readonly calls: Map<symbol, number>;
  /** When the host last answered a call in time. */
  answeredAt: number;
}

/**
 * A host whose oldest call has been open for this time, without another answer meanwhile, is silent. In milliseconds: other
 * hosts wait until then, and 3 s at most.
 */
const silentMs = 2_000;
/** Refused work comes back no sooner and no later than this. */
const delaySeconds = { least: 2, most: 60 };

/**
 * Bounds the pieces of work of a host that does not answer, so it cannot occupy every slot of the queue trigger of this
 * instance. Work above the share is refused at once. Its message goes back to the queue, and messages of other hosts pass.
 * A host that answers is not bounded, because refusals would split its commits.
 */
export class HostShare {
  readonly #limit: number;
  readonly #now: Clock;
  readonly #hosts = new Map<string, Host>();

  /** @param limit pieces of work that a silent host may hold at a time */
  constructor(limit: number, now: Clock) {
    this.#limit = limit;
    this.#now = now;
  }

  /** Whether the host is silent and has no place for further work. */
  isFull(host: string): boolean {
    return this.#of(host).holders.size >= this.#limit && this.#silence(host) > silentMs;
  }

  /** Calls a host. The time of its answer shows whether the host is silent; a failure is an answer too. */
  async call<T>(host: string, request: () => Promise<T>): Promise<T> {
    const state = this.#of(host);
    const key = Symbol(host);
    const start = this.#now().getTime();
    state.calls.set(key, start);
    try {
      return await request();
    } finally {
      state.calls.delete(key);
      const end = this.#now().getTime();
      // A longer call may have met the time limit of a request.
      if (end - start <= silentMs) state.answeredAt = end;
    }
  }

  /**
   * Runs work that waits for a host. Work inside other work of the same holder shares its place.
   *
   * @param holder identifies the piece of work, for example by the id of its update
   * @throws {Failure} `host-busy` if the share of the host is used up
   */
  async run<T>(host: string, holder: string, work: () => Promise<T>): Promise<T> {
    const { holders } = this.#of(host);
    if (!holders.has(holder) && this.isFull(host)) throw this.refusal(host);
    holders.set(holder, (holders.get(holder) ?? 0) + 1);
    try {
      return await work();
    } finally {
      const left = (holders.get(holder) ?? 1) - 1;
      if (left === 0) holders.delete(holder);
      else holders.set(holder, left);
    }
  }

  /** The failure of work above the share. The longer the host has been silent, the later the work comes back. */
  refusal(host: string): Failure {
    const { least, most } = delaySeconds;
    return new Failure(
      'host-busy',
      `${host} does not answer, and ${this.#of(host).holders.size} updates of this instance wait for it.`,
      { retryAfterSeconds: Math.round(Math.min(Math.max(this.#silence(host) / 1000, least), most)) },
    );
  }

  /** How long calls have been open without an answer, in milliseconds. */
  #silence(host: string): number {
    const { calls, answeredAt } = this.#of(host);
    const [oldest] = calls.values();
    return oldest === undefined ? 0 : this.#now().getTime() - Math.max(oldest, answeredAt);
  }

  #of(host: string): Host {
    const state: Host = this.#hosts.get(host) ?? { holders: new Map(), calls: new Map(), answeredAt: 0 };
    this.#hosts.set(host, state);
    return state;
  }
}

/** The host by which work for a repository is counted. */
export function hostOf(repository: string): string {
  return tryParseUrl(repository)?.host ?? repository;
}
