import { startAppProcess } from './app-processes.ts';
import type { AppProcess, AppProcessEvents, AppProcessOptions, AppProgram } from './app-processes.ts';

export interface GroupProcessEvents extends Omit<AppProcessEvents, 'onActivity'> {
  readonly onStart: () => void;
}

/** The process of one group of functions: started for work, stopped when it has been idle. */
export class GroupProcess {
  readonly #program: AppProgram;
  readonly #options: AppProcessOptions;
  readonly #events: GroupProcessEvents;
  readonly #idleMs: number;
  #starting: Promise<AppProcess> | undefined;
  #idle: NodeJS.Timeout | undefined;

  constructor(program: AppProgram, options: AppProcessOptions, events: GroupProcessEvents, idleMs: number) {
    this.#program = program;
    this.#options = options;
    this.#events = events;
    this.#idleMs = idleMs;
  }

  get isRunning(): boolean {
    return this.#starting !== undefined;
  }

  /** The running process, or a new one. It has work from now on: an idle one is stopped later. */
  start(): Promise<AppProcess> {
    this.#idle?.refresh();
    if (!this.#starting) {
      this.#events.onStart();
      const starting = startAppProcess(this.#program, this.#options, {
        ...this.#events,
        onActivity: (running) => {
          if (this.#starting === starting) this.#onActivity(running);
        },
      });
      this.#starting = starting;
      // The process of a timer can be without an invocation.
      starting.then(() => this.#onActivity(0)).catch((error: unknown) => this.#events.onFatal(String(error)));
    }
    return this.#starting;
  }

  /** Lets running invocations end. */
  async stop(): Promise<void> {
    this.#endIdle();
    const starting = this.#starting;
    this.#starting = undefined;
    const process = await starting?.catch(() => undefined); // Its failure was reported at its start.
    await process?.drain();
  }

  #onActivity(running: number): void {
    this.#endIdle();
    if (running === 0) this.#idle = setTimeout(() => void this.stop(), this.#idleMs).unref();
  }

  #endIdle(): void {
    clearTimeout(this.#idle);
    this.#idle = undefined;
  }
}
