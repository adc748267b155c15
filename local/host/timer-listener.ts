import type { Emit } from './host-event.ts';
import type { InvocationResult, Trigger } from './run-invocation.ts';
import type { TimerFunction } from './timer-schedule.ts';
import { nextOrEnd, startStatus, statusToJson, type ScheduleStatus, type TimerStatusFiles } from './timer-status.ts';

export interface TimerListenerDeps {
  readonly timer: TimerFunction;
  /** Where its status outlives the host; undefined where it does not. */
  readonly statuses: TimerStatusFiles | undefined;
  readonly emit: Emit;
  readonly now: () => Date;
  run(trigger: Trigger): Promise<InvocationResult>;
}

/** The most that `setTimeout` can wait. */
const longestWaitMs = 2 ** 31 - 1;

/** Runs a timer's function when it is due, as the timer extension's `TimerListener` does: one run at a time. */
export class TimerListener {
  readonly #deps: TimerListenerDeps;
  #status: ScheduleStatus | undefined;
  #timeout: NodeJS.Timeout | undefined;
  #run: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(deps: TimerListenerDeps) {
    this.#deps = deps;
  }

  /** Settles when the timer is set; the first run, where one is overdue or asked for at startup, comes after. */
  async start(): Promise<void> {
    const { timer, now } = this.#deps;
    const stored = await this.#statuses()?.load(timer.target.metadata.name);
    const { status, isPastDue } = startStatus(stored, timer.next, now());
    this.#status = status;
    if (status !== stored) await this.#save(status);
    if (isPastDue || timer.runOnStartup) this.#at(now(), isPastDue, true);
    else this.#at(status.next, false, false);
  }

  /** Starts no more runs. Settles when the running one has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timeout);
    await this.#run;
  }

  #at(due: Date, isPastDue: boolean, isStartup: boolean): void {
    if (this.#stopped) return;
    const wait = Math.max(due.getTime() - this.#deps.now().getTime(), 0);
    this.#timeout = setTimeout(
      () => {
        // A long wait is split; and Node's timers may end a millisecond early.
        if (this.#deps.now() < due) this.#at(due, isPastDue, isStartup);
        else this.#run = this.#fire(isPastDue, isStartup);
      },
      Math.min(wait, longestWaitMs),
    );
  }

  async #fire(isPastDue: boolean, isStartup: boolean): Promise<void> {
    const { timer, now } = this.#deps;
    const start = now();
    const status = timer.useMonitor && this.#status !== undefined ? statusToJson(this.#status) : null;
    const input = { Schedule: { AdjustForDST: true }, ScheduleStatus: status, IsPastDue: isPastDue };
    await this.#deps.run({
      binding: timer.binding,
      data: { json: JSON.stringify(input) },
      metadata: {},
      reason: `Timer fired at ${start.toISOString()}`,
      ...(isStartup ? { details: { UnscheduledInvocationReason: isPastDue ? 'IsPastDue' : 'RunOnStartup' } } : {}),
    });
    this.#status = { last: start, next: nextOrEnd(timer.next, start), lastUpdated: start };
    await this.#save(this.#status);
    // Occurrences that went by during the run become one run that follows at once.
    this.#at(this.#status.next, false, false);
  }

  #statuses(): TimerStatusFiles | undefined {
    return this.#deps.timer.useMonitor ? this.#deps.statuses : undefined;
  }

  async #save(status: ScheduleStatus): Promise<void> {
    const { name } = this.#deps.timer.target.metadata;
    try {
      await this.#statuses()?.save(name, status);
    } catch (error) {
      this.#deps.emit({ type: 'host-error', doing: `keeping the status of the timer '${name}'`, error });
    }
  }
}
