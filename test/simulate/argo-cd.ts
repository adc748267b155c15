import type { HealthStatus, SyncResult } from '../../src/lib/intake/sync-result.ts';
import { Application, describeApplication } from './application.ts';
import type { SentResult } from './application.ts';
import { places } from './fleet.ts';
import type { Place } from './fleet.ts';
import { formatValue, parseValue } from './values.ts';
import type { Value } from './values.ts';
import type { WorldParts } from './world.ts';

/** How an image behaves in an environment. */
export type Fate = 'healthy' | 'slow' | 'flaps' | 'degrades' | 'does-not-sync';

const second = 1_000;
const minute = 60_000;

/** Two instances of Argo CD. The app can ask the first one; the second one only sends, late but without a loss. */
export class ArgoCd {
  /** Everything that was handed to the app, by application, in this order. */
  readonly #sent = new Map<string, SentResult[]>(places.map(({ application }) => [application, []]));
  readonly #parts: WorldParts;
  readonly #applications = new Map<string, Application>();
  readonly counts = new Map<string, number>();
  /** An application has failed, or is degraded. */
  onFailing: (place: Place) => void = () => undefined;
  #followed: string | undefined;
  /** How an image behaves, by digest and environment. */
  readonly fateOf: (digest: string, environment: string) => Fate;

  constructor(parts: WorldParts, fateOf: (digest: string, environment: string) => Fate) {
    this.#parts = parts;
    this.fateOf = fateOf;
    const tip = parts.git.branches.get('main') ?? '';
    for (const place of places) {
      const value = this.#read(place, tip);
      const settings = this.#settings(place, tip);
      const app = new Application(place, this.#resolve(place, value), settings, tip, parts.timeline.time);
      app.value = value;
      this.#applications.set(place.application, app);
    }
  }

  sentOf(application: string): readonly SentResult[] {
    return this.#sent.get(application) ?? [];
  }

  knows(application: string): boolean {
    return application.startsWith('weu/');
  }

  /** Has every application compared with a branch that moved. */
  follow(): void {
    const tip = this.#parts.git.branches.get('main');
    if (tip === this.#followed) return;
    this.#followed = tip;
    for (const app of this.#applications.values()) this.#plan(app, 10 * second + this.#part(170 * second));
  }

  /** Answers a request of the app. */
  ask(application: string, compares: boolean): SyncResult {
    const app = this.#find(application);
    if (compares) this.#compare(app);
    return this.#hand(app).result;
  }

  isAsWanted(application: string): boolean {
    const { health, isSynced, operation } = this.#find(application);
    return health === 'Healthy' && isSynced && operation?.phase !== 'Running';
  }

  running(application: string): Value {
    return this.#find(application).running;
  }

  /** A healthy application is degraded for some time, and recovers. */
  flap(application: string): void {
    const app = this.#find(application);
    if (app.health !== 'Healthy') return;
    this.#count('flaps');
    this.#turn(app, 'Degraded');
    const { running } = app;
    const longest = this.#parts.random() < 0.4 ? 8 * 60 * minute : 30 * minute;
    this.#parts.timeline.after(2 * minute + this.#part(longest), () => {
      if (app.health === 'Degraded' && app.running === running) this.#turn(app, 'Healthy');
    });
  }

  #find(application: string): Application {
    const found = this.#applications.get(application);
    if (!found) throw new Error(`there is no application ${application}`);
    return found;
  }

  #part(ms: number): number {
    return Math.floor(this.#parts.random() * ms);
  }

  #read({ file }: Place, revision: string): Value {
    return parseValue(this.#parts.git.text(revision, file) ?? '');
  }

  /** The image that a cluster pulls: a tag without digest is what the registry has at that time. */
  #resolve({ route }: Place, value: Value): Value {
    const digest = value.digest ?? this.#parts.registry.find(route, value.tag)?.digest;
    return { tag: value.tag, ...(digest !== undefined && { digest }) };
  }

  #settings({ settings }: Place, revision: string): string {
    return this.#parts.git.text(revision, settings) ?? '';
  }

  #isAsIn(app: Application, revision: string): boolean {
    const wanted = this.#read(app.place, revision);
    return formatValue(wanted) === formatValue(app.value) && this.#settings(app.place, revision) === app.settings;
  }

  #count(name: string): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }

  #plan(app: Application, inMs: number): void {
    if (app.isComparePlanned) return;
    app.isComparePlanned = true;
    this.#parts.timeline.after(inMs, () => {
      app.isComparePlanned = false;
      this.#compare(app);
    });
  }

  #compare(app: Application): void {
    const { git, timeline } = this.#parts;
    const tip = git.branches.get('main') ?? '';
    if (app.operation?.phase === 'Running') return this.#plan(app, 30 * second);
    const isMoved = app.revision !== tip;
    // With `manifest-generate-paths` an application stays at a revision while no commit concerns it.
    const isUnchanged = app.isSynced && this.#isAsIn(app, tip);
    if (isMoved && isUnchanged && this.#parts.random() < 0.85) return;
    app.revision = tip;
    app.reconciledAt = timeline.time;
    app.isSynced = this.#isAsIn(app, tip);
    const wasTried = app.operation?.revision === tip;
    if (!app.isSynced && !wasTried) return this.#start(app, tip, this.#read(app.place, tip));
    if (isMoved && app.health === 'Healthy' && app.isSynced) this.#send(app);
  }

  #start(app: Application, revision: string, value: Value): void {
    const { timeline } = this.#parts;
    app.operation = { revision, value, startedAt: timeline.time, phase: 'Running' };
    this.#send(app);
    timeline.after(10 * second + this.#part(30 * second), () => this.#finish(app));
  }

  #finish(app: Application): void {
    const { timeline } = this.#parts;
    const { operation } = app;
    if (!operation) return;
    operation.finishedAt = timeline.time;
    const wanted = this.#resolve(app.place, operation.value);
    const fate = this.fateOf(wanted.digest ?? wanted.tag, app.place.environment);
    if (fate === 'does-not-sync') {
      operation.phase = 'Failed';
      this.#count('syncs failed');
      this.#send(app);
      return this.onFailing(app.place);
    }
    operation.phase = 'Succeeded';
    app.isSynced = true;
    app.value = operation.value;
    app.settings = this.#settings(app.place, operation.revision);
    app.running = wanted;
    app.reconciledAt = timeline.time;
    this.#turn(app, 'Progressing');
    const takes = fate === 'slow' ? 3 * minute + this.#part(12 * minute) : 20 * second + this.#part(100 * second);
    timeline.after(takes, () => {
      if (app.operation !== operation) return;
      this.#turn(app, fate === 'degrades' ? 'Degraded' : 'Healthy');
      if (fate === 'degrades') this.onFailing(app.place);
      if (fate === 'flaps') timeline.after(this.#part(2 * minute), () => this.flap(app.place.application));
    });
    this.#plan(app, 60 * second + this.#part(120 * second));
  }

  #turn(app: Application, health: HealthStatus): void {
    app.health = health;
    app.healthSince = this.#parts.timeline.time;
    app.reconciledAt = this.#parts.timeline.time;
    this.#send(app);
  }

  /** A notification of the state now: lost, late, or twice. */
  #send(app: Application): void {
    const { timeline, random, deliver } = this.#parts;
    const isKnown = this.knows(app.place.application);
    const state = describeApplication(app, this.#read(app.place, app.revision));
    const chance = random();
    if (isKnown && chance < 0.05) return this.#count('results lost');
    const isLate = chance > 0.9;
    if (isLate) this.#count('results late');
    const delay = isLate ? 5 * minute + this.#part(35 * minute) : 1 * second + this.#part(20 * second);
    const times = random() < 0.05 ? 2 : 1;
    for (let time = 0; time < times; time += 1) {
      timeline.after(delay * (time + 1), () => {
        const sent = { ...state, handedAt: timeline.time };
        this.#sent.get(sent.application)?.push(sent);
        deliver(sent);
      });
    }
  }

  #hand(app: Application): SentResult {
    const sent = {
      ...describeApplication(app, this.#read(app.place, app.revision)),
      handedAt: this.#parts.timeline.time,
    };
    this.#sent.get(sent.application)?.push(sent);
    return sent;
  }
}
