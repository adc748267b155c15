import type { Clock } from '../model/clock.ts';
import { Failure } from '../model/failure.ts';
import { tryParseUrl } from './url.ts';

/** Work of one host in this instance. Times are milliseconds since 1970. */
interface Host {
  /** The pieces of work in progress, the oldest first, each with its start and the number of its nested runs. */
  readonly holders: Map<string, { readonly since: number; runs: number }>;
  /** When work last ended before a time limit. */
  answeredAt: number;
}

/** A host without an answer for this time is silent, in milliseconds. */
const silentMs = 5_000;
/** Work that took this long met the time limit of a request, in milliseconds. */
const unansweredMs = 20_000;
/** Refused work comes back no sooner and no later than this. */
const delaySeconds = { least: 2, most: 60 };

/**
 * Bounds the pieces of work of a host that does not answer, so it cannot occupy every slot of the queue trigger of this
 * instance. Work above the share is refused at once. Its message goes back to the queue, and messages of other hosts pass.
 * A host that answers is not bounded, because refusals would split its commits. A host that falls silent keeps the places that it
 * has until the time limits of its requests.
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

  /** Whether the host has no place for further work. */
  isFull(host: string): boolean {
    const { holders, answeredAt } = this.#of(host);
    return holders.size >= this.#limit && this.#now().getTime() - answeredAt > silentMs;
  }

  /**
   * Runs work that waits for a host. Work inside other work of the same holder shares its place.
   *
   * @param holder identifies the piece of work, for example by the id of its update
   * @throws {Failure} `host-busy` if the share of the host is used up
   */
  async run<T>(host: string, holder: string, work: () => Promise<T>): Promise<T> {
    const state = this.#of(host);
    const holding = state.holders.get(holder) ?? { since: this.#now().getTime(), runs: 0 };
    if (holding.runs === 0 && this.isFull(host)) throw this.refusal(host);
    holding.runs += 1;
    state.holders.set(holder, holding);
    try {
      return await work();
    } finally {
      holding.runs -= 1;
      if (holding.runs === 0) {
        const now = this.#now().getTime();
        state.holders.delete(holder);
        if (now - holding.since < unansweredMs) state.answeredAt = now;
      }
    }
  }

  /** The failure of work above the share. The longer the host has been silent, the later the work comes back. */
  refusal(host: string): Failure {
    const { holders, answeredAt } = this.#of(host);
    const now = this.#now().getTime();
    const [oldest] = holders.values();
    const silent = (now - Math.max(answeredAt, oldest?.since ?? now)) / 1000;
    const { least, most } = delaySeconds;
    return new Failure(
      'host-busy',
      `${host} does not answer, and ${holders.size} updates of this instance wait for it.`,
      {
        retryAfterSeconds: Math.round(Math.min(Math.max(silent, least), most)),
      },
    );
  }

  #of(host: string): Host {
    const state: Host = this.#hosts.get(host) ?? { holders: new Map(), answeredAt: 0 };
    this.#hosts.set(host, state);
    return state;
  }
}

/** The host by which work for a repository is counted. */
export function hostOf(repository: string): string {
  return tryParseUrl(repository)?.host ?? repository;
}
