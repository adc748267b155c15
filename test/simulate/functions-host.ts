import { Failure } from '../../src/lib/model/failure.ts';
import type { Log } from '../../src/lib/model/log.ts';
import { queueNames } from '../../src/lib/storage/queues.ts';
import type { QueuedMessage } from '../support/memory/memory-queues.ts';
import { AppProcess, noFaults } from './app-process.ts';
import type { CallFaults } from './app-process.ts';
import type { World } from './world.ts';

const minute = 60_000;
const leaseMs = 5 * minute;
const maxDequeueCount = 5;
const mostAtOnce = 4;
/**
 * The longest times between two runs of the clock, with work and without. Most runs would find nothing. A row that is due
 * has the clock run in the next minute.
 */
const busyMs = 10 * minute;
const quietMs = 30 * minute;

export interface HostCounts {
  messages: number;
  killed: number;
  thrown: number;
}

/** The Functions host with two processes of the app, and the clock of one of them. */
export class FunctionsHost {
  readonly counts: HostCounts = { messages: 0, killed: 0, thrown: 0 };
  faults: CallFaults = noFaults;
  readonly #world: World;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #log: Log;
  readonly #processes: AppProcess[] = [];
  #orders: ((app: AppProcess['app']) => Promise<unknown>)[] = [];
  #lastTick: number;
  #nextTickBy: number;
  #isBusy = true;

  constructor(world: World, environment: Readonly<Record<string, string>>, log: Log) {
    this.#world = world;
    this.#environment = environment;
    this.#log = log;
    this.#lastTick = world.timeline.time;
    this.#nextTickBy = this.#lastTick + minute;
  }

  /** Runs what a person orders in a process of the app. One that dies forgets it. */
  order(run: (app: AppProcess['app']) => Promise<unknown>): void {
    this.#orders.push(run);
  }

  async #follow(run: (app: AppProcess['app']) => Promise<unknown>): Promise<void> {
    const process = this.#process(1);
    process.faults = this.faults;
    try {
      await Promise.race([run(process.app), process.death]);
    } catch (error) {
      // The answer is an error, and the person gives up.
      if (!(error instanceof Failure)) throw error;
      this.#log('warn', 'order-failed', { code: error.code });
    }
  }

  /** Works until a time. */
  async workUntil(end: number): Promise<void> {
    const { timeline, argoCd, random } = this.#world;
    while (timeline.time < end) {
      argoCd.follow();
      if (timeline.hasCalls) await timeline.calm();
      const work = [...this.#take(), ...this.#orders.splice(0).map((run) => this.#follow(run))];
      if (this.#nextTick() <= timeline.time) {
        const longest = this.#isBusy || work.length > 0 ? busyMs : quietMs;
        this.#lastTick = timeline.time;
        this.#nextTickBy = timeline.time + random() * longest;
        this.#isBusy = false;
        work.push(this.#tick());
      }
      if (work.length > 0) await timeline.settle(Promise.all(work));
      else timeline.moveTo(Math.min(end, this.#nextTick(), this.#nextMessage(), timeline.next()));
    }
  }

  /** The messages that wait, or lie in the poison queue. */
  waiting(): readonly QueuedMessage[] {
    return [...this.#world.queues.messages.values()].filter(({ queue }) => queue !== queueNames.abandoned);
  }

  #process(index: number): AppProcess {
    const known = this.#processes[index];
    if (known && !known.isDead) return known;
    const made = new AppProcess(this.#world, this.#environment, this.#log);
    made.faults = this.faults;
    this.#processes[index] = made;
    return made;
  }

  #nextTick(): number {
    const nextMinute = (Math.floor(this.#lastTick / minute) + 1) * minute;
    return Math.max(nextMinute, Math.min(this.#nextTickBy, this.#nextDue()));
  }

  #nextDue(): number {
    const due = this.#world.table.entities('|due');
    return Math.min(...due.map(({ value0 }) => Date.parse(/"at":"([^"]+)"/.exec(String(value0))?.[1] ?? '')));
  }

  #nextMessage(): number {
    return Math.min(...this.waiting().map(({ visibleAt }) => visibleAt));
  }

  /** Some of the visible messages, in any order, each in one of the processes. */
  #take(): Promise<unknown>[] {
    const { timeline, random } = this.#world;
    const visible = this.waiting().filter(({ visibleAt }) => visibleAt <= timeline.time);
    const count = Math.min(visible.length, 1 + Math.floor(random() * mostAtOnce));
    return Array.from({ length: count }, () => visible.splice(Math.floor(random() * visible.length), 1))
      .flat()
      .map((message) => this.#run(message, this.#process(Math.floor(random() * 2))));
  }

  async #run(message: QueuedMessage, process: AppProcess): Promise<void> {
    const { timeline, queues, underWay } = this.#world;
    this.#isBusy = true;
    this.counts.messages += 1;
    message.visibleAt = timeline.time + leaseMs;
    message.dequeued += 1;
    process.faults = this.faults;
    const { worker } = process.app;
    const work =
      message.queue === queueNames.poison
        ? worker.takeOverPoison(message.text, this.#log)
        : worker.process(message.text, this.#log, message.dequeued);
    let end: 'done' | 'killed' | 'thrown';
    try {
      end = await Promise.race([work.then(() => 'done' as const), process.death]);
    } catch (error) {
      this.#log('error', 'thrown', { error: String(error) });
      end = 'thrown';
    }
    // The lease of a killed process runs out.
    if (end !== 'done') this.counts[end] += 1;
    if (end !== 'done' && (message.dequeued < maxDequeueCount || message.queue === queueNames.poison)) {
      if (end === 'thrown') message.visibleAt = timeline.time;
      return;
    }
    if (end !== 'done') queues.send(queueNames.poison, message.text);
    else {
      const sent = underWay.get(message.id);
      if (sent) sent.processedAt = timeline.time;
    }
    queues.remove(message.id);
  }

  async #tick(): Promise<void> {
    const process = this.#process(0);
    process.faults = this.faults;
    const run = process.app.runPeriodic(this.#log);
    await Promise.race([run, process.death]);
  }
}
