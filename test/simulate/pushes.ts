import { digestOf } from './world.ts';
import type { World } from './world.ts';
import { registryName, routeNames } from './fleet.ts';

const minute = 60_000;
/** A migration of a database does not go back. */
export const staysLabel = { 'tagrelay.rollback': 'false' };

export interface Pushed {
  readonly route: string;
  readonly tag: string;
  readonly digest: string;
  readonly at: number;
}

/** The builds of every route: new ones, moved tags, and releases. */
export class Pushes {
  readonly all: Pushed[] = [];
  readonly counts = new Map<string, number>();
  onPushed: (pushed: Pushed) => void = () => undefined;
  readonly #world: World;
  readonly #numbers = new Map<string, number>();
  readonly #releases = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
  }

  newest(route: string): string {
    return String(this.#numbers.get(route) ?? 1);
  }

  /** The next build. */
  build(route: string): void {
    const number = (this.#numbers.get(route) ?? 1) + 1;
    this.#numbers.set(route, number);
    this.#push(route, String(number), digestOf(route, String(number)));
    const { timeline, random } = this.#world;
    const chance = random();
    // A pipeline that is run again moves the tag; a second commit follows soon.
    if (chance < 0.15) timeline.after((1 + random() * 15) * minute, () => this.rebuild(route));
    else if (chance < 0.25) timeline.after(random() * 6 * 60 * minute, () => this.rebuild(route));
    else if (chance < 0.4) timeline.after(random() * 8 * minute, () => this.build(route));
    else if (route === 'docs' && chance < 0.8) timeline.after(random() * 40 * minute, () => this.release(route));
  }

  /** The newest build is made again: its tag moves. */
  rebuild(route: string): void {
    const tag = this.newest(route);
    const digest = digestOf(route, tag, this.all.length + 1);
    this.#world.rebuilt.add(digest);
    this.#count('tags moved');
    this.#push(route, tag, digest);
  }

  /** An image gets the tag of a release. */
  release(route: string): void {
    const number = (this.#releases.get(route) ?? 0) + 1;
    this.#releases.set(route, number);
    const image = this.#world.registry.find(route, this.newest(route));
    if (image) this.#push(route, `v1.0.${number}`, image.digest);
    this.#count('releases');
  }

  any(): void {
    const { random } = this.#world;
    const route = routeNames[Math.floor(random() * routeNames.length)] ?? '';
    const chance = random();
    if (route === 'docs' && chance < 0.25) this.release(route);
    else if (chance < 0.05) this.rebuild(route);
    else this.build(route);
  }

  #count(name: string): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }

  #push(route: string, tag: string, digest: string): void {
    const { registry, timeline, random, send, newId } = this.#world;
    registry.push(route, tag, digest);
    if (!tag.startsWith('v') && random() < 0.12) registry.labels.set(digest, staysLabel);
    const pushed = { route, tag, digest, at: timeline.time };
    this.all.push(pushed);
    this.onPushed(pushed);
    const body = {
      id: newId(),
      timestamp: timeline.now().toISOString(),
      action: 'push',
      target: { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, repository: route, tag },
      request: { host: registryName },
    };
    const chance = random();
    // One event in twenty is lost: reconcile finds the push.
    if (chance < 0.05) return this.#count('events lost');
    const isLate = chance > 0.85;
    if (isLate) this.#count('events late');
    const delay = isLate ? random() * 120 * minute : random() * 20_000;
    timeline.after(delay, () => void send({ kind: 'registry-event', body }));
    if (random() < 0.1) timeline.after(delay + random() * 7_200_000, () => void send({ kind: 'registry-event', body }));
  }
}
