import { registryName, routeNames, places } from './fleet.ts';
import type { Place } from './fleet.ts';
import type { World } from './world.ts';

const minute = 60_000;
/** Partitions whose rows the app never skips: a freeze or a push that it cannot read stops what they concern. */
const guarded = /^\|(?:freeze|push\||time$)/;

/** What should not be there, and must stop nothing else. */
export class Oddities {
  readonly counts = new Map<string, number>();
  readonly brokenFiles: { readonly place: Place; readonly at: number }[] = [];
  readonly #world: World;
  #number = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** Whether a tag was announced, and is in no registry. */
  readonly isGhost = (tag: string): boolean => tag.startsWith('9999');

  any(): void {
    const all = {
      'odd message': () => this.#message(),
      'odd row': () => this.#row(),
      'tag that is in no registry': () => this.#ghost(),
      'file that cannot be read': () => this.#breakFile(),
    };
    const [name, act] = this.#oneOf(Object.entries(all));
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
    this.#number += 1;
    act();
  }

  #oneOf<T>(list: readonly T[]): T {
    const found = list[Math.floor(this.#world.random() * list.length)];
    if (found === undefined) throw new Error('there is nothing to choose from');
    return found;
  }

  #message(): void {
    const text = this.#oneOf([
      '{"half":',
      '{"kind":"of-a-newer-version","body":{}}',
      '{"kind":"tag-update","body":{}}',
    ]);
    this.#world.queues.send('work', Buffer.from(text).toString('base64'));
  }

  /** A row that a newer version wrote, or that is damaged, beside those of a partition. */
  #row(): void {
    const { table } = this.#world;
    const partition = this.#oneOf(table.partitions().filter((name) => !guarded.test(name)));
    const rowKey = this.#oneOf(table.entities(partition).map((entity) => String(entity['rowKey'])));
    const value = this.#oneOf([
      { v: 99, value0: '{}' },
      { v: 1, value0: '{"half":' },
    ]);
    table.insert([{ partitionKey: partition, rowKey: `${rowKey}~odd${this.#number}`, ...value }]);
  }

  #ghost(): void {
    const { send, newId, timeline } = this.#world;
    const tag = `9999${this.#number}`;
    const digest = `sha256:${'0'.repeat(64)}`;
    const body = {
      id: newId(),
      timestamp: timeline.now().toISOString(),
      action: 'push',
      target: {
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        digest,
        repository: this.#oneOf(routeNames),
        tag,
      },
      request: { host: registryName },
    };
    send({ kind: 'registry-event', body });
  }

  /** Somebody breaks the file of a place, and somebody mends it later. */
  #breakFile(): void {
    const { git, timeline, random } = this.#world;
    const place = this.#oneOf(places);
    const { file, route, environment } = place;
    const held = git.text(git.branches.get('main') ?? '', file);
    if (held === undefined || held.startsWith('image: [')) return;
    this.brokenFiles.push({ place, at: timeline.time });
    const broken = 'image: [ {\n';
    git.commitOn('main', { [file]: broken }, `break ${route} in ${environment}`);
    timeline.after((5 + random() * 90) * minute, () => {
      if (git.text(git.branches.get('main') ?? '', file) !== broken) return;
      git.commitOn('main', { [file]: held }, `mend ${route} in ${environment}`);
    });
  }
}
