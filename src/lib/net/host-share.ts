import type { Clock } from '../model/clock.ts';
import { Failure } from '../model/failure.ts';
import { tryParseUrl } from './url.ts';

/** Work of one host in this instance. */
interface Host {
  /** The pieces of work in progress, each with the number of its nested runs. */
  readonly holders: Map<string, number>;
  /** When the last pieces of work ended, oldest first; milliseconds since 1970. */
  readonly ends: number[];
  /** When the refused work before is expected to be done; milliseconds since 1970. */
  lineEndsAt: number;
}

/** Refused work comes back no sooner and no later than this. */
const delaySeconds = { least: 2, most: 60 };
/** The expected rate of a host that ends nothing, per second. */
const leastRate = 5;

/**
 * Bounds the pieces of work of one host in this instance, so a host that hangs cannot occupy every slot of the queue
 * trigger. Work above the share is refused at once. Its message goes back to the queue, and messages of other hosts pass.
 * Refused work comes back at the rate at which the host ends work.
 */
export class HostShare {
  readonly #limit: number;
  readonly #now: Clock;
  readonly #hosts = new Map<string, Host>();

  /** @param limit pieces of work that one host may hold at a time */
  constructor(limit: number, now: Clock) {
    this.#limit = limit;
    this.#now = now;
  }

  /** Whether the host has no place for further work. */
  isFull(host: string): boolean {
    return this.#of(host).holders.size >= this.#limit;
  }

  /**
   * Runs work that waits for a host. Work inside other work of the same holder shares its place.
   *
   * @param holder identifies the piece of work, for example by the id of its update
   * @throws {Failure} `host-busy` if the share of the host is used up
   */
  async run<T>(host: string, holder: string, work: () => Promise<T>): Promise<T> {
    const { holders, ends } = this.#of(host);
    const runs = holders.get(holder) ?? 0;
    if (runs === 0 && holders.size >= this.#limit) throw this.refusal(host);
    holders.set(holder, runs + 1);
    try {
      return await work();
    } finally {
      const left = (holders.get(holder) ?? 1) - 1;
      if (left > 0) holders.set(holder, left);
      else {
        holders.delete(holder);
        ends.push(this.#now().getTime());
        if (ends.length > this.#limit) ends.shift();
      }
    }
  }

  /** The failure of work above the share. It takes its turn after the work that was refused before. */
  refusal(host: string): Failure {
    const state = this.#of(host);
    const now = this.#now().getTime();
    const [oldest = now] = state.ends;
    const rate = Math.max(leastRate, (1000 * state.ends.length) / Math.max(1000, now - oldest));
    state.lineEndsAt = Math.max(state.lineEndsAt, now) + 1000 / rate;
    const seconds = Math.min(Math.max((state.lineEndsAt - now) / 1000, delaySeconds.least), delaySeconds.most);
    if (seconds === delaySeconds.most) state.lineEndsAt = now + delaySeconds.most * 1000;
    return new Failure('host-busy', `This instance processes as many updates of ${host} as it may at a time.`, {
      retryAfterSeconds: Math.round(seconds),
    });
  }

  #of(host: string): Host {
    const state = this.#hosts.get(host) ?? { holders: new Map<string, number>(), ends: [], lineEndsAt: 0 };
    this.#hosts.set(host, state);
    return state;
  }
}

/** The host by which work for a repository is counted. */
export function hostOf(repository: string): string {
  return tryParseUrl(repository)?.host ?? repository;
}
