import type { Clock } from '../model/clock.ts';
import { Failure } from '../model/failure.ts';
import type { FailureCode } from '../model/failure.ts';

export interface HostGuardOptions {
  readonly now: Clock;
  /** Pieces of work that a silent host may hold at a time: a third of the slots of an instance. */
  readonly maxConcurrent: number;
  /** A host that has not answered for this time is silent, in milliseconds. */
  readonly silentMs?: number;
  /** How long work waits for a silent host with a full share, in milliseconds. It holds a slot while it waits. */
  readonly waitMs?: number;
  /** After this many outages without an answer between them, the host is not called for a while. */
  readonly openAfter?: number;
  /** How long the host is not called, in milliseconds. Then one piece of work tries it. */
  readonly openMs?: number;
}

interface Host {
  running: number;
  outages: number;
  /** Milliseconds since 1970. */
  answeredAt: number;
  openUntil: number;
  readonly waiting: Set<() => void>;
}

const outageCodes: ReadonlySet<FailureCode> = new Set([
  'service-unavailable',
  'answer-lost',
  'registry-unavailable',
  'argocd-unavailable',
]);

/** Wait in seconds before refused work is tried again. */
const retrySeconds = 5;

/** Whether an error means that the host did not answer. */
export function isOutage(error: unknown): boolean {
  return error instanceof Failure && outageCodes.has(error.code);
}

/**
 * Keeps a host that hangs from holding all slots of an instance: a silent host gets a bounded share, and a circuit that
 * opens after outages. Work for a host that answers is not bounded; work for other hosts is not delayed.
 */
export class HostGuard {
  readonly #options: Required<HostGuardOptions>;
  readonly #hosts = new Map<string, Host>();

  constructor(options: HostGuardOptions) {
    this.#options = { silentMs: 2_000, waitMs: 1_500, openAfter: 5, openMs: 30_000, ...options };
  }

  /**
   * Runs work that calls a host.
   *
   * @param host name for people
   * @param failureOf the failure that a result holds, where the work returns failures
   * @throws {Failure} `service-unavailable` where the host is not called: its share is used up, or its circuit is open
   */
  async run<T>(host: string, work: () => Promise<T>, failureOf: (result: T) => unknown = () => undefined): Promise<T> {
    const state = this.#hosts.get(host) ?? { running: 0, outages: 0, answeredAt: 0, openUntil: 0, waiting: new Set() };
    this.#hosts.set(host, state);
    this.#requireClosed(host, state);
    if (this.#mayEnter(state)) state.running += 1;
    else await this.#waitForPlace(host, state);
    try {
      const result = await work();
      this.#note(state, failureOf(result));
      return result;
    } catch (error) {
      this.#note(state, error);
      throw error;
    } finally {
      state.running -= 1;
      this.#admit(state);
    }
  }

  #mayEnter({ running, answeredAt }: Host): boolean {
    return running < this.#options.maxConcurrent || this.#now() - answeredAt <= this.#options.silentMs;
  }

  #admit(state: Host): void {
    for (const enter of state.waiting) {
      if (!this.#mayEnter(state)) return;
      state.waiting.delete(enter);
      state.running += 1;
      enter();
    }
  }

  #waitForPlace(host: string, state: Host): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        state.waiting.delete(enter);
        reject(notCalled(`${host} does not answer, and ${state.running} pieces of work wait for it already.`));
      }, this.#options.waitMs);
      state.waiting.add(enter);
    });
  }

  #note(state: Host, failure: unknown): void {
    const { openAfter, openMs } = this.#options;
    if (isOutage(failure)) {
      state.outages += 1;
      if (state.outages >= openAfter) state.openUntil = this.#now() + openMs;
      return;
    }
    state.outages = 0;
    state.openUntil = 0;
    state.answeredAt = this.#now();
  }

  /** After the pause, the first caller tries the host; the others stay out for another pause or until it answers. */
  #requireClosed(host: string, state: Host): void {
    const { openAfter, openMs } = this.#options;
    if (state.outages < openAfter) return;
    if (state.openUntil > this.#now())
      throw notCalled(`${host} has not answered ${state.outages} times in a row and is not called for a while.`);
    state.openUntil = this.#now() + openMs;
  }

  #now(): number {
    return this.#options.now().getTime();
  }
}

function notCalled(message: string): Failure {
  return new Failure('service-unavailable', message, { retryAfterSeconds: retrySeconds });
}
