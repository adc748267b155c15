import { setTimeout as sleep } from 'node:timers/promises';
import { fullName, newApplication, reconciledStatus, revisionsOf, specOf } from './application.ts';
import type { AppCondition, Application, ApplicationStatus, Operation, SyncState } from './application.ts';
import { Cluster } from './cluster.ts';
import { strongest } from './comparison.ts';
import type { Comparison } from './comparison.ts';
import type { ControllerDeps } from './controller-deps.ts';
import { readDesiredState } from './desired-state.ts';
import type { DesiredState } from './desired-state.ts';
import { mergePatch } from './merge-patch.ts';
import type { ApplicationOptions } from './options.ts';
import { autoSync } from './sync/auto-sync.ts';
import type { AutoSync } from './sync/auto-sync.ts';
import { runOperation } from './sync/run-operation.ts';
import { canSync } from './sync/windows.ts';

/**
 * Argo CD's application controller for one application, after `controller/appcontroller.go` and `controller/state.go` of
 * argoproj/argo-cd: one queue compares and decides about automated syncs, another one runs operations. Unchanged manifests
 * start no operation.
 */
export class Controller {
  readonly name: string;
  /** Changed by a sync of the holder only. */
  options: ApplicationOptions;
  readonly cluster: Cluster;
  readonly #deps: ControllerDeps;
  #application: Application;
  #desired: DesiredState | undefined;
  /** Fingerprint of the applied manifests. */
  #applied: string | undefined;
  #requested: Comparison | undefined;
  #wake = new AbortController();
  #nextPollAt = 0;
  /** Callers that wait for the next comparison. */
  #waiting: (() => void)[] = [];
  /** Since when the manifests cannot be made. */
  #brokenSince: number | undefined;
  #operations: Promise<void> = Promise.resolve();
  /** Before the first comparison, no notification is sent. */
  #hasCompared = false;

  constructor(options: ApplicationOptions, deps: ControllerDeps) {
    this.name = fullName(options);
    this.options = options;
    this.#deps = deps;
    const onChange = (): void => this.#request('recent');
    this.cluster = new Cluster({ fateOf: deps.fateOf, pace: deps.pace, signal: deps.signal, onChange });
    this.#application = newApplication(options, deps.clock.now());
  }

  get application(): Application {
    return this.#application;
  }

  /** When the next comparison without a request is due, in milliseconds since 1970. */
  get nextPollAt(): number {
    return this.#nextPollAt;
  }

  /** The sync of its holder has changed its spec. */
  reconfigure(options: ApplicationOptions): void {
    if (JSON.stringify(options) === JSON.stringify(this.options)) return;
    this.options = options;
    this.#application = { ...this.#application, spec: specOf(options) };
    this.#deps.onChange(this.name);
    this.#request('latest');
  }

  /** Compares with the repositories now. */
  refresh(): void {
    this.#request('forced');
  }

  /** Compares with the repositories now, and resolves when a comparison that began later is done. */
  refreshed(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.refresh();
    });
  }

  /**
   * Requests an operation as `SetAppOperation` in `util/argo/argo.go` does: it clears the state of the operation before.
   *
   * @returns false if another operation is in progress
   */
  startOperation(operation: Operation): boolean {
    if (this.#application.operation) return false;
    const { operationState: _before, ...status } = this.#status;
    this.#application = { ...this.#application, status };
    this.#enqueue(operation);
    return true;
  }

  /** Sets the field `operation` as `kubectl patch` does: the state of the operation before stays, and is merged. */
  sync(): void {
    if (this.#application.operation) throw new Error(`${this.name}: another operation is already in progress`);
    this.#enqueue({ initiatedBy: { username: 'admin' }, sync: { prune: true } });
  }

  /** Notifications are evaluated without a change. */
  touch(): void {
    if (this.#hasCompared) this.#deps.onChange(this.name);
  }

  canSync(isManual: boolean): boolean {
    return canSync(this.#deps.windows, this.#application, new Date(), { isManual });
  }

  /** Runs until the signal aborts it. */
  async run(): Promise<void> {
    const { signal, pace, compare } = this.#deps;
    signal.addEventListener('abort', () => this.#wake.abort(), { once: true });
    await this.#adopt();
    // Polls of many applications are spread from the start.
    this.#nextPollAt = Date.now() + pace.pollMs * Math.random();
    while (!signal.aborted) {
      await this.#pause(Math.max(0, this.#nextPollAt - Date.now()), this.#wake.signal);
      if (signal.aborted) break;
      await compare(() => this.#reconcile());
    }
    for (const resolve of this.#waiting.splice(0)) resolve();
    await this.#operations;
  }

  #request(comparison: Comparison): void {
    this.#requested = strongest(this.#requested, comparison);
    this.#wake.abort();
  }

  get #status(): ApplicationStatus {
    return this.#application.status;
  }

  /** The state at the start of the stand-in was deployed before. */
  async #adopt(): Promise<void> {
    try {
      const desired = await readDesiredState(this.options.sources, this.#deps.repositories);
      this.#desired = desired;
      this.#applied = desired.fingerprint;
      this.cluster.adopt(desired.images);
      this.#deps.onApplications(this.options, desired.applications);
      this.#reconciled(this.#compared(desired), []);
    } catch (error) {
      this.#cannotCompare(error);
    }
  }

  async #reconcile(): Promise<void> {
    const { pace, signal, repositories } = this.#deps;
    const comparison = this.#requested ?? 'latest';
    const waiting = this.#waiting.splice(0);
    this.#requested = undefined;
    this.#wake = new AbortController();
    if (comparison !== 'recent') {
      this.#nextPollAt = Date.now() + pace.pollMs * (1 + Math.random() / 2);
      await this.#pause(pace.compareMs, signal);
    }
    try {
      const isKnown = comparison === 'recent' && this.#brokenSince === undefined;
      const desired =
        (isKnown ? this.#desired : undefined) ?? (await readDesiredState(this.options.sources, repositories));
      this.#brokenSince = undefined;
      this.#desired = desired;
      this.#decide(desired);
    } catch (error) {
      this.#brokenSince ??= Date.now();
      const isGrace = comparison !== 'forced' && Date.now() - this.#brokenSince <= pace.graceMs;
      // Argo CD then changes nothing: `reconciledAt` stands still.
      if (!isGrace) this.#cannotCompare(error);
    }
    for (const resolve of waiting) resolve();
  }

  #decide(desired: DesiredState): void {
    const sync = this.#compared(desired);
    const isLeftoverOnly = this.cluster.hasLeftovers && desired.fingerprint === this.#applied;
    const { syncPolicy } = this.#application.spec;
    const isIdle = this.#application.operation === undefined && this.canSync(false);
    const decided: AutoSync = isIdle ? autoSync(syncPolicy, sync, this.#status, { isLeftoverOnly }) : {};
    if (decided.operation) this.startOperation(decided.operation);
    this.#reconciled(sync, decided.condition ? [decided.condition] : []);
  }

  #compared({ revisions, fingerprint }: DesiredState): SyncState {
    const differs = fingerprint !== this.#applied || this.cluster.hasLeftovers || this.options.drifts === true;
    return { status: differs ? 'OutOfSync' : 'Synced', ...revisionsOf(this.options.sources, revisions) };
  }

  #cannotCompare(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    const wanted = this.options.sources.map(({ targetRevision = 'HEAD' }) => targetRevision);
    this.#reconciled({ status: 'Unknown', ...revisionsOf(this.options.sources, wanted) }, [
      { type: 'ComparisonError', message },
    ]);
  }

  #reconciled(sync: SyncState, found: readonly Pick<AppCondition, 'type' | 'message'>[]): void {
    this.#hasCompared = true;
    const live = { health: this.cluster.health(), images: this.cluster.images() };
    this.#set(reconciledStatus(this.#status, { sync, found, ...live }, this.#deps.clock.now()));
  }

  #enqueue(operation: Operation): void {
    this.#application = { ...this.#application, operation };
    this.#operations = this.#operations.then(() => this.#operate(operation));
  }

  async #operate(operation: Operation): Promise<void> {
    const { signal, pace, clock, repositories } = this.#deps;
    await runOperation(operation, {
      options: this.options,
      repositories,
      cluster: this.cluster,
      clock,
      pace,
      isAllowed: ({ initiatedBy }) => this.canSync(initiatedBy.automated !== true),
      pause: async (ms) => {
        await this.#pause(ms, signal);
        return !signal.aborted;
      },
      onApplied: ({ fingerprint, applications }) => {
        this.#applied = fingerprint;
        this.#deps.onApplications(this.options, applications);
      },
      onPartlyApplied: () => (this.#applied = undefined),
      patch: (change) => {
        const before = this.#status.operationState;
        const operationState = mergePatch(before, change) as ApplicationStatus['operationState'];
        if (operationState && JSON.stringify(operationState) !== JSON.stringify(before)) this.#set({ operationState });
        // Between attempts the resources that were touched cause a comparison, so that the attempt is notified.
        if (change.finishedAt) this.#request('recent');
      },
    });
    const { operation: _ended, ...application } = this.#application;
    this.#application = application;
    this.#request('forced');
  }

  #set(change: Partial<ApplicationStatus>): void {
    this.#application = { ...this.#application, status: { ...this.#status, ...change } };
    this.#deps.onChange(this.name);
  }

  /** A pause that the signal can end early. */
  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    await sleep(ms, undefined, { signal }).catch(() => undefined);
  }
}
