import { setTimeout as sleep } from 'node:timers/promises';
import { render } from '../template/render.ts';
import type { NotificationConfiguration } from './configuration.ts';
import { Notified } from './notified.ts';
import { send } from './send.ts';
import { evaluateConditions } from './triggered.ts';

export interface NotifierOptions {
  readonly configuration: NotificationConfiguration;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly context: Readonly<Record<string, string>>;
  readonly retryWaitMs: readonly [number, number];
  /** From one evaluation to the next one, in milliseconds. */
  readonly evaluationMs: number;
  readonly signal: AbortSignal;
  /** The current Application; `undefined` after its removal. */
  readonly read: (application: string) => NotifiedApplication | undefined;
  readonly log: (message: string) => void;
}

/** The fields that the controller reads itself. */
export interface NotifiedApplication {
  readonly status?: {
    readonly reconciledAt?: string;
    readonly operationState?: { readonly finishedAt?: string };
  };
}

/**
 * Argo CD's notifications controller, after `pkg/controller/controller.go` of argoproj/notifications-engine: one worker, which
 * reads an application when its turn comes. Its client's rate limit leaves two evaluations a second, and a receiver that
 * answers 503 holds the worker while it retries. A state that passes meanwhile is not notified.
 */
export class Notifier {
  readonly #options: NotifierOptions;
  readonly #waiting = new Set<string>();
  readonly #notified = new Map<string, Notified>();
  #work: Promise<void> = Promise.resolve();
  #isWorking = false;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(options: NotifierOptions) {
    this.#options = options;
    const headers = Object.entries({ ...options.configuration.headers, ...options.headers });
    // Header names ignore case; a later header replaces an earlier one.
    this.#headers = Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value]));
  }

  /** Queues an evaluation of an application. */
  touch(application: string): void {
    this.#waiting.add(application);
    if (this.#isWorking) return;
    this.#isWorking = true;
    this.#work = this.#run();
  }

  /** Resolves when the queue is empty. */
  idle(): Promise<void> {
    return this.#work;
  }

  async #run(): Promise<void> {
    for (let [next] = this.#waiting; next !== undefined && !this.#options.signal.aborted; [next] = this.#waiting) {
      this.#waiting.delete(next);
      const free = sleep(this.#options.evaluationMs, undefined, { signal: this.#options.signal });
      try {
        await this.#process(next);
      } catch (error) {
        this.#options.log(`${next}: the notification cannot be made: ${String(error)}`);
      }
      await free.catch(() => undefined); // Closed: the loop ends.
    }
    this.#isWorking = false;
  }

  async #process(application: string): Promise<void> {
    const { configuration, url, context, log, read } = this.#options;
    const app = read(application);
    if (!app || isStale(app)) return;
    const notified = this.#notified.get(application) ?? new Notified(configuration.name);
    this.#notified.set(application, notified);
    for (const result of evaluateConditions(configuration.conditions, app, log)) {
      if (!result.isTriggered) notified.forget(result);
      else if (notified.begin(result)) {
        const body = render(configuration.body, { app, context });
        const sending = { url, method: configuration.method, headers: this.#headers, body };
        const status = await send(sending, this.#options);
        if (this.#options.signal.aborted) return;
        if (status < 200 || status > 299) {
          notified.forget(result);
          log(`${application}: ${url} answered ${status === 0 ? 'nothing' : status}`);
        }
      }
    }
  }
}

/** The controller skips an operation that has ended since the last reconciliation, until the next. */
function isStale({ status }: NotifiedApplication): boolean {
  const finishedAt = status?.operationState?.finishedAt;
  return finishedAt !== undefined && Date.parse(finishedAt) > Date.parse(status?.reconciledAt ?? '');
}
