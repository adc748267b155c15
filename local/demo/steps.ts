import { parseLogLine } from '../../src/lib/model/log.ts';
import type { PushEvent } from '../devops/server/platform.ts';
import type { HostEvent } from '../host/host.ts';

/** Something that the app, its host or the emulator did. */
export interface Step {
  /** `received`, or the event of a log line: `queued`, `routed`, `committed` … */
  readonly name: string;
  readonly fields: Readonly<Record<string, string>>;
  /** Milliseconds of the monotonic clock. */
  readonly at: number;
}

const webhookFunction = 'acr-webhook';

/** Follows the app by the reports of its host and by its log lines, and passes each step to the listener. */
export class Steps {
  readonly #listeners = new Set<(step: Step) => void>();
  /** Commit → bare repository that it was pushed to. */
  readonly #pushes = new Map<string, string>();
  /** Branch → the last commit that was pushed to it. */
  readonly #tips = new Map<string, string>();

  readonly onHostEvent = (event: HostEvent): void => {
    if (event.type === 'invocation-started' && event.name === webhookFunction) this.#tell('received', {});
    if (event.type === 'log') this.#onLine(event.text);
  };

  /** Log lines of the app outside of invocations; other texts go to standard error. */
  readonly onConsole = (text: string): void => {
    if (!this.#onLine(text)) process.stderr.write(`${text}\n`);
  };

  readonly onPush = ({ commits, refUpdates, repository }: PushEvent): void => {
    for (const commit of commits) this.#pushes.set(commit, repository.bare.directory);
    for (const { name, newObjectId } of refUpdates) {
      this.#tips.set(name, newObjectId);
      this.#tell('pushed', { ref: name, commit: newObjectId });
    }
  };

  /** Nothing but a webhook that was not taken is remarked on. */
  readonly onRemark = (reason: string): void => this.#tell('undelivered', { reason });

  readonly onArgoCd = (application: string, text: string): void => this.#tell('argocd', { application, text });

  /** The bare repository that got this commit. */
  directoryOf(commit: string): string | undefined {
    return this.#pushes.get(commit);
  }

  /** The last commit that was pushed to this branch. */
  tipOf(branch: string): string | undefined {
    return this.#tips.get(`refs/heads/${branch}`);
  }

  /** @returns what ends the listening */
  listen(listener: (step: Step) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Whether it is a line of the log. */
  #onLine(text: string): boolean {
    const line = parseLogLine(text);
    // Only the push of an image; the events of Argo CD and Azure DevOps are shown by their effects.
    const isPush = line?.event === 'event-queued' && 'image' in line.fields;
    if (line) this.#tell(isPush ? 'queued' : line.event, line.fields);
    return line !== undefined;
  }

  #tell(name: string, fields: Readonly<Record<string, string>>): void {
    const step = { name, fields, at: performance.now() };
    for (const listener of this.#listeners) listener(step);
  }
}

const ends = new Set([
  'committed',
  'pull-request',
  'up-to-date',
  'done-before',
  'superseded',
  'observed',
  'ignored',
  'rejected',
  'abandoned',
  'no-route',
  'undelivered',
]);

/** Whether an update or an event has come to its end with this step. */
export function isEnd({ name }: Step): boolean {
  return ends.has(name);
}
