import type { Stores } from '../../src/app/stores.ts';
import { makeCheckPullRequests } from '../../src/lib/delivery/propose/follow-handler.ts';
import { freeze, unfreeze } from '../../src/lib/delivery/windows/change-freezes.ts';
import { replayOne } from '../../src/lib/delivery/replay.ts';
import { planPromotion, queuePromotion } from '../../src/lib/orders/order-promotion.ts';
import { planRollback, queueRollback } from '../../src/lib/rollback/order-rollback.ts';
import { environments, placeOf, places } from './fleet.ts';
import type { Place } from './fleet.ts';
import type { FunctionsHost } from './functions-host.ts';
import type { Pushes } from './pushes.ts';
import type { Freezing } from './rest.ts';
import { formatFile, parseValue } from './values.ts';
import type { World } from './world.ts';

const minute = 60_000;
const hour = 60 * minute;
const actor = 'grace@contoso.com';

/** People who push by hand, decide on pull requests, and order things. */
export class People {
  readonly freezings: Freezing[] = [];
  readonly counts = new Map<string, number>();
  areAtWork = false;
  readonly #world: World;
  readonly #host: FunctionsHost;
  readonly #pushes: Pushes;
  readonly #say: (text: string) => void;

  constructor(world: World, host: FunctionsHost, pushes: Pushes, say: (text: string) => void) {
    this.#world = world;
    this.#host = host;
    this.#pushes = pushes;
    this.#say = say;
  }

  /** One of them does something. */
  any(): void {
    const acts = {
      revert: () => this.#revert(this.#place()),
      edit: () => this.#edit(this.#place()),
      'edit settings': () => this.#editSettings(this.#place()),
      'edit elsewhere': () => this.#editElsewhere(),
      merge: () => this.#decide('merge'),
      close: () => this.#decide('close'),
      freeze: () => this.#freeze(),
      unfreeze: () => this.#unfreeze(),
      promote: () => this.#promote(this.#oneOf(places.filter(({ promoteFrom }) => promoteFrom.length > 0))),
      'roll back': () => this.#rollBack(this.#place()),
      replay: () => this.#replay(),
      flap: () => this.#flap(() => true),
      'flap while it soaks': () => this.#flap(({ soakMs }) => soakMs > 0),
      'flap before an opening': () => this.#flap(({ windows }) => windows.length > 0),
      'push over a failure': () => this.#pushOverFailure(),
    };
    const [name, act] = this.#oneOf(Object.entries(acts)) ?? [];
    if (name === undefined || !act) return;
    this.#count(name);
    act();
  }

  /** Somebody often does something about an application that fails. */
  seeFailing(place: Place): void {
    const { timeline, random } = this.#world;
    if (!this.areAtWork || random() < 0.4) return;
    const acts = {
      'edit settings': () => this.#editSettings(place),
      revert: () => this.#revert(place),
      regret: () => this.#regret(place),
      edit: () => this.#edit(place),
      'roll back': () => this.#rollBack(place),
      'push a fix': () => this.#pushes.build(place.route),
    };
    const [name, act] = this.#oneOf(Object.entries(acts)) ?? [];
    if (name === undefined || !act) return;
    // Most of them soon: before an automatic rollback.
    timeline.after(random() * random() * 15 * minute, () => {
      this.#count(`failure: ${name}`);
      act();
    });
  }

  #count(name: string): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }

  #oneOf<T>(all: readonly T[]): T | undefined {
    return all[Math.floor(this.#world.random() * all.length)];
  }

  #place(): Place {
    const [first] = places;
    const found = this.#oneOf(places) ?? first;
    if (!found) throw new Error('the fleet is empty');
    return found;
  }

  #commit(files: Readonly<Record<string, string>>, message: string): void {
    const { id } = this.#world.git.commitOn('main', files, message, 'Ada');
    this.#say(`person: ${message} → ${id}`);
  }

  /** Back to what the file had before its last change. */
  #revert(place: Place): void {
    const { git } = this.#world;
    const texts = git.mainline('main').map(({ tree }) => new TextDecoder().decode(tree.get(place.file)));
    const before = texts.findLast((text) => text !== texts.at(-1) && parseValue(text).tag !== '');
    if (before !== undefined) this.#commit({ [place.file]: before }, `revert ${place.route} in ${place.environment}`);
  }

  /** Reverts, and puts the same value back by hand. */
  #regret(place: Place): void {
    const { git, timeline, random } = this.#world;
    const text = git.text(git.branches.get('main') ?? '', place.file);
    this.#revert(place);
    timeline.after(random() * 4 * minute, () => {
      if (text !== undefined) this.#commit({ [place.file]: text }, `put ${place.route} in ${place.environment} back`);
    });
  }

  #editSettings({ route, environment, settings }: Place): void {
    const replicas = 1 + Math.floor(this.#world.random() * 1000);
    this.#commit({ [settings]: `replicas: ${replicas}\n` }, `scale ${route} in ${environment} to ${replicas}`);
  }

  /** An application is degraded for some time: often one whose image another environment waits for. */
  #flap(isTarget: (target: Place) => boolean): void {
    const { argoCd, git, random, timeline } = this.#world;
    const tip = git.branches.get('main') ?? '';
    const held = (one: Place) => parseValue(git.text(tip, one.file) ?? '').tag;
    const awaited = places
      .filter((target) => target.promoteFrom.length > 0 && isTarget(target))
      .flatMap((target) => target.promoteFrom.map((name) => ({ target, source: placeOf(target.route, name) })))
      .filter(({ target, source }) => held(target) !== held(source));
    const chosen = random() < 0.8 ? this.#oneOf(awaited) : undefined;
    argoCd.flap((chosen?.source ?? this.#place()).application);
    // A person orders the promotion meanwhile: it waits for the source all the same.
    if (chosen && random() < 0.4) timeline.after((2 + random() * 8) * minute, () => this.#promote(chosen.target));
  }

  /** An application is degraded, and a build comes before it has recovered. */
  #pushOverFailure(): void {
    const { argoCd, random, timeline } = this.#world;
    const place = this.#oneOf(places.filter(({ goesBack, takes }) => goesBack && takes === 'numbers'));
    if (!place) return;
    argoCd.flap(place.application);
    timeline.after(random() * 5 * minute, () => this.#pushes.build(place.route));
  }

  /** Some image that was pushed, or a tag that no policy knows. */
  #edit(place: Place): void {
    const pushed = this.#oneOf(this.#pushes.all.filter(({ route }) => route === place.route));
    const tag = this.#world.random() < 0.3 || !pushed ? 'hotfix' : pushed.tag;
    const held = parseValue(this.#world.git.text(this.#world.git.branches.get('main') ?? '', place.file) ?? '');
    const digest = tag === 'hotfix' ? held.digest : pushed?.digest;
    // Nobody edits a file that is broken: its value is unknown.
    if (held.tag === '') return;
    const text = formatFile({ tag, ...(place.writesDigest && digest !== undefined && { digest }) });
    this.#commit({ [place.file]: text }, `set ${place.route} in ${place.environment} to ${tag}`);
  }

  #editElsewhere(): void {
    this.#commit({ 'README.md': `changed at ${this.#world.timeline.now().toISOString()}\n` }, 'edit the README');
  }

  #decide(end: 'merge' | 'close'): void {
    const { pullRequests } = this.#world;
    const one = this.#oneOf(pullRequests.all.filter(({ state }) => state === 'active'));
    if (!one || (end === 'merge' && pullRequests.hasConflicts(one))) return;
    if (end === 'close') pullRequests.abandon(one.number, 'Ada');
    else pullRequests.complete(one.number, one.text.title, 'Ada');
    this.#say(`person: ${end} pull request ${one.number} of ${one.source}`);
  }

  #freeze(): void {
    const { timeline, random, newId } = this.#world;
    const environment = this.#oneOf(environments) ?? 'prod';
    const until = timeline.time + 10 * 60_000 + random() * 12 * hour;
    this.#host.order(async ({ stores, routes }) => {
      const deps = { ...freezing(stores), routes: routes.current, now: timeline.now, newId };
      const order = { environment, actor, reason: 'stocktaking', until: new Date(until).toISOString() };
      const made = await freeze(order, deps);
      if (made.kind !== 'frozen') return;
      for (const one of this.freezings)
        if (one.environment === environment) one.until = Math.min(one.until, timeline.time);
      this.freezings.push({ environment, from: made.from.getTime(), until });
      this.#say(`person: freeze environment=${environment} until ${order.until}`);
    });
  }

  #unfreeze(): void {
    const { timeline, newId } = this.#world;
    const one = this.freezings.findLast(({ until }) => until > timeline.time);
    if (!one) return;
    // From the order on, a plan may have read that it is lifted.
    one.until = timeline.time;
    this.#host.order(async ({ stores, routes }) => {
      const deps = { ...freezing(stores), routes: routes.current, now: timeline.now, newId };
      await unfreeze({ environment: one.environment, actor, reason: 'it is over' }, deps);
      this.#say(`person: unfreeze environment=${one.environment}`);
    });
  }

  #promote(target: Place | undefined): void {
    const { random, timeline } = this.#world;
    if (!target) return;
    const { route, environment } = target;
    this.#host.order(async ({ stores, routes, promotions }) => {
      const { store, index, send } = stores;
      const deps = { ...promotions, routes: routes.current, store, index, send, now: timeline.now };
      const order = { route, environment, isNow: random() < 0.5, reason: 'urgent', actor };
      const planned = await planPromotion(order, deps);
      if (planned.kind === 'planned') await queuePromotion(planned, deps);
      this.#say(`person: promote route=${route} environment=${environment}: ${planned.kind}`);
    });
  }

  #rollBack({ route, environment }: Place): void {
    const { newId, timeline } = this.#world;
    this.#host.order(async ({ stores, routes, rollbacks }) => {
      const { store, index, send } = stores;
      const deps = { ...rollbacks, routes: routes.current, store, index, send, now: timeline.now, newId };
      const planned = await planRollback({ route, environment, reason: 'complaints', actor }, deps);
      if (planned.kind === 'planned') await queueRollback(planned, deps);
      this.#say(`person: roll back route=${route} environment=${environment}: ${planned.kind}`);
    });
  }

  #replay(): void {
    const { timeline } = this.#world;
    const { environment } = this.#place();
    this.#host.order(async ({ stores }) => {
      const { store, index, send } = stores;
      const { deployments } = await index.list({ environment }, { limit: 30 });
      const record = this.#oneOf(deployments);
      if (!record) return;
      await replayOne(record.update.id, { index, store, send, now: timeline.now });
      this.#say(`person: replay ${record.update.id} route=${record.update.route} environment=${environment}`);
    });
  }
}

function freezing({ freezes, due, store, send }: Stores) {
  return { freezes, due, checkPullRequests: makeCheckPullRequests({ store, send }) };
}
