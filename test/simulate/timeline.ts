import { setImmediate } from 'node:timers/promises';

interface Waiting {
  /** Runs the call, or ends the sleep. */
  readonly run: () => void;
  readonly owner: object;
}
interface Planned {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** Calls that neither end nor wait within this number of turns of the event loop show a mistake of the simulation. */
const mostIdleTurns = 5_000;

/**
 * Virtual time. Calls to the outside take turns in a random order, so that the processes of the app overtake each other;
 * events of the world happen between two calls.
 */
export class Timeline {
  /** In milliseconds since 1970. */
  time: number;
  readonly #random: () => number;
  readonly #calls: Waiting[] = [];
  #sleepers: (Waiting & { readonly at: number })[] = [];
  readonly #events: Planned[] = [];
  #order = 0;

  constructor(time: number, random: () => number) {
    this.time = time;
    this.#random = random;
  }

  readonly now = (): Date => new Date(this.time);

  /** Something happens at a time. */
  at(time: number, run: () => void): void {
    this.#order += 1;
    const planned = { at: time, order: this.#order, run };
    let index = this.#events.length;
    while (index > 0 && isLater(planned, this.#events[index - 1])) index -= 1;
    this.#events.splice(index, 0, planned);
  }

  after(ms: number, run: () => void): void {
    this.at(this.time + ms, run);
  }

  enqueue(owner: object, run: () => void): void {
    this.#calls.push({ owner, run });
  }

  sleep(owner: object, ms: number, run: () => void): void {
    this.#sleepers.push({ owner, run, at: this.time + ms });
  }

  /** Nothing of a killed process runs any more. */
  forget(owner: object): void {
    const left = this.#calls.filter((one) => one.owner !== owner);
    this.#calls.splice(0, this.#calls.length, ...left);
    this.#sleepers = this.#sleepers.filter((one) => one.owner !== owner);
  }

  /** The time of the next event or the next end of a sleep. */
  next(): number {
    const [event] = this.#events.slice(-1);
    return Math.min(event?.at ?? Infinity, ...this.#sleepers.map(({ at }) => at));
  }

  get hasCalls(): boolean {
    return this.#calls.length > 0;
  }

  /** Moves to a time; everything that is planned until then happens at its own time. */
  moveTo(time: number): void {
    for (let next = this.#events.at(-1); next && next.at <= time; next = this.#events.at(-1)) {
      this.#events.pop();
      this.time = Math.max(this.time, next.at);
      next.run();
    }
    this.time = Math.max(this.time, time);
    const awake = this.#sleepers.filter(({ at }) => at <= this.time);
    if (awake.length === 0) return;
    this.#sleepers = this.#sleepers.filter(({ at }) => at > this.time);
    for (const { owner, run } of awake) this.enqueue(owner, run);
  }

  /** Lets calls take their turns until work has ended. */
  async settle(work: Promise<unknown>): Promise<void> {
    let isDone = false;
    const mark = (): void => void (isDone = true);
    void work.then(mark, mark);
    let idle = 0;
    for (;;) {
      await setImmediate();
      if (isDone) return;
      if (this.#turn()) idle = 0;
      else if ((idle += 1) > mostIdleTurns) throw new Error('the work neither ends nor waits for a call');
    }
  }

  /** Lets calls in the background go on until none waits. */
  async calm(): Promise<void> {
    for (;;) {
      await setImmediate();
      if (!this.hasCalls) return;
      this.#turn();
    }
  }

  /** @returns false if nothing waits for its turn */
  #turn(): boolean {
    const index = Math.floor(this.#random() * this.#calls.length);
    const [call] = this.#calls.splice(index, 1);
    if (call) {
      this.moveTo(this.time + 1 + Math.floor(this.#random() * 60));
      call.run();
      return true;
    }
    if (this.#sleepers.length === 0) return false;
    this.moveTo(Math.min(...this.#sleepers.map(({ at }) => at)));
    return true;
  }
}

/** The latest event comes first. */
function isLater(a: Planned, b: Planned | undefined): boolean {
  return b !== undefined && (a.at > b.at || (a.at === b.at && a.order > b.order));
}
