import { setTimeout as sleep } from 'node:timers/promises';
import { fullName, healthNow, newApplication, revisionsOf, sourceSpec } from './application.ts';
import type { Application, ApplicationStatus, Health, OperationState } from './application.ts';
import type { Clock } from './clock.ts';
import { Cluster } from './cluster.ts';
import { readDesiredState } from './desired-state.ts';
import type { DesiredState } from './desired-state.ts';
import type { ApplicationOptions, ImageFate, Pace } from './options.ts';
import type { Repositories } from './repositories.ts';

export interface ControllerDeps {
  readonly repositories: Repositories;
  readonly clock: Clock;
  readonly pace: Pace;
  readonly fateOf: (image: string) => ImageFate;
  readonly signal: AbortSignal;
  /** The Application has changed. */
  readonly onChange: (application: string) => void;
}

/**
 * Argo CD's application controller for one application: compares with the branch, syncs differences, and observes health.
 * Unchanged manifests start no operation.
 */
export class Controller {
  readonly name: string;
  readonly cluster: Cluster;
  readonly #options: ApplicationOptions;
  readonly #deps: ControllerDeps;
  #application: Application;
  /** Fingerprints of the applied manifests, and of those that failed. */
  #applied: string | undefined;
  #refused: string | undefined;
  #wake = new AbortController();
  #isAsked = false;
  /** Callers that wait for the next comparison. */
  #waiting: (() => void)[] = [];
  /** Before the first comparison, no notification is sent. */
  #hasLooked = false;

  constructor(options: ApplicationOptions, deps: ControllerDeps) {
    this.name = fullName(options);
    this.#options = options;
    this.#deps = deps;
    this.cluster = new Cluster(deps.fateOf);
    this.#application = newApplication(options, deps.clock.now());
  }

  get application(): Application {
    return this.#application;
  }

  /** Compares with the repositories now. */
  refresh(): void {
    this.#wake.abort();
  }

  /** Compares with the repositories now, and resolves when a comparison that began later is done. */
  refreshed(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.refresh();
    });
  }

  /** Syncs again, with or without a change. */
  sync(): void {
    this.#isAsked = true;
    this.refresh();
  }

  /** Changes the live state without a commit: a pod breaks or recovers. */
  setHealth(health: Health): void {
    this.#changeHealth(health);
  }

  /** A reconciliation without a change. */
  touch(): void {
    if (this.#hasLooked) this.#set({});
  }

  /** Runs until the signal aborts it. */
  async run(): Promise<void> {
    const { signal, pace } = this.#deps;
    signal.addEventListener('abort', () => this.refresh(), { once: true });
    while (!signal.aborted) {
      this.#wake = new AbortController();
      await this.#reconcile();
      if (!signal.aborted) await this.#pause(pace.pollMs, this.#wake.signal);
    }
    this.#answer(this.#waiting.splice(0));
  }

  #answer(waiting: readonly (() => void)[]): void {
    for (const resolve of waiting) resolve();
  }

  get #status(): ApplicationStatus {
    return this.#application.status;
  }

  async #reconcile(): Promise<void> {
    const waiting = this.#waiting.splice(0);
    let desired: DesiredState;
    try {
      desired = await readDesiredState(this.#options.sources, this.#deps.repositories);
    } catch (error) {
      this.#hasLooked = true;
      this.#cannotCompare(error instanceof Error ? error.message : String(error));
      this.#answer(waiting);
      return;
    }
    if (!this.#hasLooked) this.#adopt(desired);
    this.#hasLooked = true;
    const isAsked = this.#isAsked;
    this.#isAsked = false;
    const differs = desired.fingerprint !== this.#applied && desired.fingerprint !== this.#refused;
    this.#answer(waiting);
    if (differs || isAsked) await this.#operate(desired, isAsked);
    else this.#compared(desired);
  }

  /** The state at the start of the stand-in was deployed before. */
  #adopt(desired: DesiredState): void {
    this.#applied = desired.fingerprint;
    this.cluster.apply(desired.images);
    this.#set({
      sync: { status: 'Synced', ...revisionsOf(this.#options.sources, desired.revisions) },
      health: healthNow(this.#status.health, this.cluster.health(), this.#deps.clock.now()),
    });
  }

  #compared({ revisions, fingerprint }: DesiredState): void {
    const status = fingerprint === this.#applied ? 'Synced' : 'OutOfSync';
    const sync = { status, ...revisionsOf(this.#options.sources, revisions) } as const;
    const isMended = this.#status.conditions?.some(({ type }) => type === 'ComparisonError') === true;
    const isKnown = JSON.stringify(sync) === JSON.stringify(this.#status.sync);
    if (!isKnown || isMended) this.#set({ sync, ...(isMended && { conditions: [] }) });
  }

  #cannotCompare(message: string): void {
    const now = this.#deps.clock.now();
    const known = this.#status.conditions?.find((condition) => condition.message === message);
    if (known) return;
    const conditions = [{ type: 'ComparisonError', message, lastTransitionTime: now }];
    this.#set({ sync: { status: 'Unknown' }, conditions });
  }

  async #operate(desired: DesiredState, isAsked: boolean): Promise<void> {
    const { clock, pace, signal } = this.#deps;
    const { sources } = this.#options;
    const revisions = revisionsOf(sources, desired.revisions);
    const running: OperationState = {
      phase: 'Running',
      message: 'waiting for healthy state of the resources of wave 0',
      startedAt: clock.now(),
      operation: {
        initiatedBy: isAsked ? { username: 'admin' } : { automated: true },
        sync: { ...revisions, prune: true },
      },
    };
    this.#set({ sync: { status: 'OutOfSync', ...revisions }, operationState: running, conditions: [] });
    await this.#pause(pace.syncMs, signal);
    if (signal.aborted) return;
    const resources = this.cluster.syncResults(this.#options.name, desired.images);
    const syncResult = { revision: '', ...revisions, ...sourceSpec(sources), resources };
    const isRefused = this.cluster.refused(desired.images).length > 0;
    const ended = { ...running, finishedAt: clock.now(), syncResult };
    if (isRefused) this.#fail(desired, ended);
    else await this.#rollOut(desired, ended);
  }

  #fail({ fingerprint }: DesiredState, ended: OperationState): void {
    this.#refused = fingerprint;
    const now = this.#deps.clock.now();
    const message = 'one or more objects failed to apply, reason: a resource is invalid';
    this.#set({
      operationState: { ...ended, phase: 'Failed', message },
      conditions: [{ type: 'SyncError', message: `Failed last sync attempt: ${message}`, lastTransitionTime: now }],
    });
  }

  async #rollOut({ fingerprint, images, revisions }: DesiredState, ended: OperationState): Promise<void> {
    const { pace, signal } = this.#deps;
    this.#applied = fingerprint;
    this.#refused = undefined;
    this.#set({
      sync: { status: 'Synced', ...revisionsOf(this.#options.sources, revisions) },
      health: healthNow(this.#status.health, 'Progressing', this.#deps.clock.now()),
      operationState: { ...ended, phase: 'Succeeded', message: 'successfully synced (all tasks run)' },
      conditions: [],
    });
    await this.#pause(pace.healthMs, signal);
    if (signal.aborted) return;
    this.cluster.apply(images);
    this.#changeHealth(this.cluster.health());
  }

  #changeHealth(health: Health): void {
    this.#set({ health: healthNow(this.#status.health, health, this.#deps.clock.now()) });
  }

  /** A reconciliation sees each change; its time is later than those of the changes. */
  #set(change: Partial<ApplicationStatus>): void {
    const images = this.cluster.images();
    const summary = images.length === 0 ? {} : { images };
    const status = { ...this.#status, ...change, summary, reconciledAt: this.#deps.clock.now() };
    this.#application = { ...this.#application, status };
    this.#deps.onChange(this.name);
  }

  /** A pause that the signal can end early. */
  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    await sleep(ms, undefined, { signal }).catch(() => undefined);
  }
}
