import { render } from '../template/render.ts';
import type { NotificationConfiguration } from './configuration.ts';
import { Notified } from './notified.ts';
import { send } from './send.ts';
import { evaluateConditions } from './triggered.ts';

/** A notification that was sent, or could not be. */
export interface SentNotification {
  /** `namespace/name`. */
  readonly application: string;
  readonly body: string;
  /** Of the last answer; 0 where there was none. */
  readonly status: number;
}

export interface NotifierOptions {
  readonly configuration: NotificationConfiguration;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly context: Readonly<Record<string, string>>;
  readonly retryWaitMs: readonly [number, number];
  readonly signal: AbortSignal;
  /** The Application as it is now; `undefined` once it is gone. */
  readonly read: (application: string) => NotifiedApplication | undefined;
  readonly onSent: (notification: SentNotification) => void;
  readonly log: (message: string) => void;
}

/** What the controller itself looks at. */
export interface NotifiedApplication {
  readonly status?: {
    readonly reconciledAt?: string;
    readonly operationState?: { readonly finishedAt?: string };
  };
}

/**
 * Argo CD's notifications controller: one worker, which looks at an application as it is once its turn comes, so that what
 * passes while a receiver is slow is not told.
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
    // Names differ in case only for people; a later one replaces an earlier.
    this.#headers = Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value]));
  }

  /** An application has changed, or it is time to look again. */
  touch(application: string): void {
    this.#waiting.add(application);
    if (this.#isWorking) return;
    this.#isWorking = true;
    this.#work = this.#run();
  }

  /** Ends when nothing waits any more. */
  idle(): Promise<void> {
    return this.#work;
  }

  async #run(): Promise<void> {
    for (let [next] = this.#waiting; next !== undefined && !this.#options.signal.aborted; [next] = this.#waiting) {
      this.#waiting.delete(next);
      try {
        await this.#process(next);
      } catch (error) {
        this.#options.log(`${next}: the notification cannot be made: ${String(error)}`);
      }
    }
    this.#isWorking = false;
  }

  async #process(application: string): Promise<void> {
    const { configuration, url, context, log, onSent, read } = this.#options;
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
        onSent({ application, body, status });
      }
    }
  }
}

/** The controller passes over an operation that has ended since the last reconciliation, until the next. */
function isStale({ status }: NotifiedApplication): boolean {
  const finishedAt = status?.operationState?.finishedAt;
  return finishedAt !== undefined && Date.parse(finishedAt) > Date.parse(status?.reconciledAt ?? '');
}
